import type { AuditEvent, Coding, Reference } from '@medplum/fhirtypes';
import type { FilterName, TrailQuery } from './query.ts';

/** Whether an AuditEvent is what the query's filters ask for. */
export function matches(event: AuditEvent, { filters }: Pick<TrailQuery, 'filters'>): boolean {
  return filters.every(({ name, values }) => values.some((value) => tests[name](event, value)));
}

const tests: Record<FilterName, (event: AuditEvent, value: string) => boolean> = {
  _id: ({ id }, value) => id === value,
  action: ({ action }, value) => isCode(value, action),
  outcome: ({ outcome }, value) => isCode(value, outcome),
  type: ({ type }, value) => isCoding(value, type),
  subtype: ({ subtype = [] }, value) => subtype.some((coding) => isCoding(value, coding)),
  agent: ({ agent }, value) => agent.some(({ who }) => refersTo(who, value)),
  entity: ({ entity = [] }, value) => entity.some(({ what }) => refersTo(what, value)),
};

/** A token that a code without a system matches: `code`, or `system|code` of whatever system. */
const isCode = (token: string, code: string | undefined) => code !== undefined && code === token.split('|').at(-1);

/** FHIR token search: `code`, `system|code`, `system|`, `|code`. */
function isCoding(token: string, { system, code }: Coding): boolean {
  const bar = token.indexOf('|');
  if (bar < 0) return code === token;
  const [wantedSystem, wantedCode] = [token.slice(0, bar), token.slice(bar + 1)];
  return (system ?? '') === wantedSystem && (wantedCode === '' || code === wantedCode);
}

/** `Type/id` of any version, `id` alone, or an identifier's value. */
function refersTo(reference: Reference | undefined, value: string): boolean {
  const known = reference?.reference?.replace(/\/_history\/.*$/, '');
  const identifier = reference?.identifier?.value;
  if (identifier !== undefined && identifier === value.split('/').at(-1)) return true;
  return known !== undefined && (known === value || known.endsWith(`/${value}`) || reference?.reference === value);
}
