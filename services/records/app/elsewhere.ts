import { Failure } from '../../../kernel/errors.ts';

/** Types of the FHIR base that another service keeps. */
const elsewhere: Readonly<Record<string, string>> = { Consent: 'the consent service', AuditEvent: 'the audit service' };

export const isElsewhere = (type: string): boolean => Object.hasOwn(elsewhere, type);

/** Throws Failure `not-supported` for a type that this service must never hold: it would be without effect here. */
export function requireOwn(type: string): void {
  if (!isElsewhere(type)) return;
  throw new Failure('not-supported', `${type} is kept by ${elsewhere[type]}, which does not offer this.`);
}
