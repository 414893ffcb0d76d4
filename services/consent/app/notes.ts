import type { Consent } from '@medplum/fhirtypes';
import type { Json } from '../../../contracts/rules/criteria.ts';
import { parseStatement, problemsOf } from '../../../contracts/rules/parse.ts';
import type { Deployment } from '../../../contracts/rules/state.ts';
import { Failure } from '../../../kernel/errors.ts';

/** Tags of ours on answered consents; they are never stored. */
const system = 'urn:healthchain:consent';

/** What of a consent the rules do not understand: provisions that deny, whatever they say. */
export const problemsIn = (resource: Consent, deployment: Deployment): string[] =>
  problemsOf(parseStatement(resource as unknown as Json, deployment));

/** Our own words must be understood by our own rules. Throws Failure `value`. */
export function requireUnderstood(resource: Consent, deployment: Deployment): void {
  const problems = problemsIn(resource, deployment);
  if (problems.length === 0) return;
  const issues = problems.map((diagnostics) => ({ code: 'value' as const, diagnostics }));
  throw new Failure('value', `Part of these choices is not understood: ${problems.join('; ')}.`, { issues });
}

/** The resource with a tag that says what of it is not understood. */
export function noted(resource: Consent, deployment: Deployment): Consent {
  const problems = problemsIn(resource, deployment);
  if (problems.length === 0) return resource;
  const tag = { system, code: 'not-understood', display: `It denies: ${problems.join('; ')}` };
  return { ...resource, meta: { ...resource.meta, tag: [...(resource.meta?.tag ?? []), tag] } };
}

/** The resource as it came, without what `noted` added when it was read. */
export function unnoted(resource: Consent): Consent {
  const { tag, ...meta } = resource.meta ?? {};
  const own = tag?.filter((each) => each.system !== system) ?? [];
  return { ...resource, meta: { ...meta, ...(own.length > 0 && { tag: own }) } };
}
