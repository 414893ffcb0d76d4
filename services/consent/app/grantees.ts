import { roles } from '../../../contracts/rules/vocabulary.ts';
import { Failure } from '../../../kernel/errors.ts';
import type { Choices } from '../domain/choices.ts';
import { type Named, nearest } from '../domain/nearest.ts';
import type { Directory } from './directory.ts';

/**
 * Lets pass whom somebody knows. A care team is known to nobody but its members, so any passes.
 * Throws Failure `value` with the nearest matches for a grantee that nobody knows.
 */
export type RequireKnown = (grantee: Choices['grantee']) => Promise<void>;

export function requireKnown(directory: Directory): RequireKnown {
  return async ({ organization, practitioner, role }) => {
    if (role !== undefined && !roles.includes(role)) throw unknown('role', role, nearest(role, asNamed(roles)));
    if (organization !== undefined && !(await directory.organization(organization)))
      throw unknown('organization', organization, nearest(organization, await directory.organizations()));
    if (practitioner !== undefined && !(await directory.person(practitioner)))
      throw unknown('practitioner', practitioner, nearest(practitioner, await directory.staff()));
  };
}

const asNamed = (codes: readonly string[]): Named[] => codes.map((id) => ({ id, name: id }));

const words = { organization: 'organisation', practitioner: 'clinician', role: 'role' };

function unknown(field: keyof typeof words, given: string, near: readonly Named[]): Failure {
  const meant = near.map(({ id, name }) => (name === id ? id : `${id} (${name})`)).join(', ');
  const hint = meant ? `did you mean ${meant}?` : 'nothing here is like it.';
  return new Failure('value', `Nobody here knows the ${words[field]} "${given}"; ${hint}`, {
    expression: [`grantee.${field}`],
  });
}
