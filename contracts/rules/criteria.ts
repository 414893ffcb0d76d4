import { periodSpan, type Span } from './dates.ts';
import type { Coding } from './facts.ts';
import { isConfidentialityLevel } from './labels.ts';
import type { DataReference } from './residual.ts';
import type { Deployment } from './state.ts';
import type { Grantee } from './statement.ts';
import * as known from './vocabulary.ts';

/** A JSON object of which nothing is known yet. */
export type Json = Readonly<Record<string, unknown>>;

/** A criterion that cannot be understood; `problem` says why, with its place. */
export interface NotUnderstood {
  problem: string;
}
export type Criterion<T> = T | NotUnderstood;

export interface Criteria {
  actors?: Criterion<Grantee[]>;
  purposes?: Criterion<string[]>;
  actions?: Criterion<string[]>;
  period?: Criterion<Span>;
  types?: Criterion<string[]>;
  codes?: Criterion<Coding[]>;
  labels?: Criterion<Coding[]>;
  dataPeriod?: Criterion<Span>;
  data?: Criterion<DataReference[]>;
}

/** The criteria that a provision names itself. */
export function namedCriteria(provision: Json, path: string, deployment: Deployment): Criteria {
  const list = <T>(name: string, read: (item: Json) => T[] | undefined): Criterion<T[]> | undefined =>
    readList(provision[name], `${path}.${name}`, read);
  const span = (name: string) => readPeriod(provision[name], `${path}.${name}`, deployment.zone);
  const named = {
    actors: list('actor', (item) => grantee(item, deployment)),
    purposes: list('purpose', (item) => purpose(item, deployment)),
    actions: list('action', action),
    period: span('period'),
    types: list('class', resourceType),
    codes: list('code', codings),
    labels: list('securityLabel', label),
    dataPeriod: span('dataPeriod'),
    data: list('data', (item) => dataReference(item, deployment)),
  };
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
}

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const isNotUnderstood = (criterion: unknown): criterion is NotUnderstood =>
  isObject(criterion) && typeof criterion.problem === 'string';

function readList<T>(value: unknown, path: string, read: (item: Json) => T[] | undefined): Criterion<T[]> | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || value.length === 0) return { problem: `${path} is not a list` };
  const items: T[] = [];
  for (const [index, item] of value.entries()) {
    if (isObject(item) && item.modifierExtension !== undefined)
      return { problem: `${path}[${index}] has a modifier that is not supported` };
    const understood = isObject(item) ? read(item) : undefined;
    if (!understood) return { problem: `${path}[${index}] is not understood` };
    items.push(...understood);
  }
  return items;
}

function readPeriod(value: unknown, path: string, zone: number): Criterion<Span> | undefined {
  if (value === undefined) return undefined;
  return (isObject(value) && periodSpan(value, zone)) || { problem: `${path} is no period` };
}

/** The codings of a CodeableConcept; undefined where one is no full code, or there is none. */
function codings({ coding }: Json): Coding[] | undefined {
  if (!Array.isArray(coding) || coding.length === 0) return undefined;
  return coding.every(isCoding) ? coding.map(({ system, code }) => ({ system, code })) : undefined;
}

const isCoding = (value: unknown): value is Coding =>
  isObject(value) && typeof value.system === 'string' && typeof value.code === 'string';

function purpose(item: Json, { purposes }: Deployment): string[] | undefined {
  if (!isCoding(item)) return undefined;
  if (item.system === known.actReason) return known.isPurpose(item.code) ? [item.code] : undefined;
  const own = `${item.system}|${item.code}`;
  return purposes.includes(own) || known.isStudyPurpose(own) ? [own] : undefined;
}

function action(item: Json): string[] | undefined {
  const codes = codings(item)?.filter(({ system }) => system === known.consentAction);
  return codes?.length && codes.every(({ code }) => known.actions.includes(code))
    ? codes.map(({ code }) => code)
    : undefined;
}

function resourceType(item: Json): string[] | undefined {
  if (!isCoding(item) || item.system !== known.resourceTypeSystem) return undefined;
  return known.isResourceType(item.code) ? [item.code] : undefined;
}

function label(item: Json): Coding[] | undefined {
  if (!isCoding(item)) return undefined;
  const { system, code } = item;
  const understood =
    (system === known.confidentiality && isConfidentialityLevel(code)) ||
    (system === known.actCode && known.isSensitivityCode(code));
  return understood ? [{ system, code }] : undefined;
}

const meanings = ['instance', 'related', 'dependents', 'authoredby'] as const;

function dataReference(item: Json, deployment: Deployment): DataReference[] | undefined {
  const meaning = meanings.find((each) => each === item.meaning);
  const reference = localReference(item.reference, deployment);
  return meaning && reference ? [{ meaning, reference }] : undefined;
}

/** Types of grantees that a token can be matched with; a PractitionerRole, say, cannot be looked up from here. */
const granteeTypes = ['Organization', 'Practitioner', 'CareTeam', 'Group', 'Patient', 'RelatedPerson', 'Device'];

function grantee(item: Json, deployment: Deployment): Grantee[] | undefined {
  const role = granteeRole(item.role);
  if (!role) return undefined;
  if (role.role && isObject(item.reference) && item.reference.reference === undefined && !item.reference.identifier)
    return [role];
  const reference = localReference(item.reference, deployment);
  if (!reference || !granteeTypes.includes(reference.split('/')[0]!)) return undefined;
  if (reference.startsWith('Group/') && !deployment.groups.includes(reference)) return undefined;
  return [{ reference, ...role }];
}

/** PCF's information recipient says nothing more; a role of ours narrows. */
function granteeRole(role: unknown): { role?: string } | undefined {
  const codes = isObject(role) ? codings(role) : undefined;
  if (codes?.length !== 1) return undefined;
  const [{ system, code }] = codes as [Coding];
  if (system === known.roleSystem) return known.roles.includes(code) ? { role: code } : undefined;
  return system === known.participationType && known.recipients.includes(code) ? {} : undefined;
}

/** A literal reference to a resource here, as `Type/id`; a version in it does not matter. */
export function localReference(value: unknown, { fhirBase }: Pick<Deployment, 'fhirBase'>): string | undefined {
  const literal = isObject(value) ? value.reference : undefined;
  if (typeof literal !== 'string') return undefined;
  const own = fhirBase !== '' && literal.startsWith(`${fhirBase}/`) ? literal.slice(fhirBase.length + 1) : literal;
  const [, type, id] = /^([A-Z][A-Za-z]+)\/([A-Za-z0-9.-]{1,64})(?:\/_history\/[A-Za-z0-9.-]{1,64})?$/.exec(own) ?? [];
  return type && id && known.isResourceType(type) ? `${type}/${id}` : undefined;
}
