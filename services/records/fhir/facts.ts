import type { Coding, ResourceFacts } from '../../../contracts/rules/facts.ts';
import type { Label } from '../labels/marks.ts';
import { weighed } from '../labels/weighed.ts';
import { referencesOf } from './references.ts';

type Json = Readonly<Record<string, unknown>>;

/**
 * What the rules of consent may ask of a resource.
 * @param authorOrganization of the token that created it
 */
export function factsOf(resource: object, authorOrganization: string): ResourceFacts {
  const { resourceType, id, meta, ...content } = resource as Json;
  const codes: Coding[] = [];
  collectCodings(content, codes);
  return {
    type: text(resourceType),
    id: text(id),
    authorOrganization,
    authors: authorsOf(content),
    codes,
    labels: weighed(list((meta as Json | undefined)?.security) as unknown as Label[]).map(codingOf),
    ...clinicalPeriod(content),
    references: referencesOf(content),
  };
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const list = (value: unknown): Json[] => (Array.isArray(value) ? value : value === undefined ? [] : [value]) as Json[];
const codingOf = ({ system, code }: { system?: unknown; code?: unknown }): Coding => ({
  system: text(system),
  code: text(code),
});

/** Every Coding, wherever it stands: a provision speaks where its code "is found in an instance". */
function collectCodings(value: Json, codes: Coding[]): void {
  for (const key in value) {
    const inner = value[key];
    if (typeof inner !== 'object' || inner === null) continue;
    collectCodings(inner as Json, codes);
    if (!Array.isArray(inner) && 'code' in inner && typeof inner.code === 'string') codes.push(codingOf(inner as Json));
  }
}

/** Elements that R4 gives to whoever wrote, asserted, ordered or did what the resource says. */
const authorship: readonly string[] = [
  ...[
    'agent',
    'assessor',
    'asserter',
    'attester',
    'author',
    'authenticator',
    'enterer',
    'informationSource',
    'operator',
  ],
  ...['orderer', 'performer', 'prescriber', 'provider', 'recorder', 'reporter', 'requester', 'resultsInterpreter'],
  ...['sender', 'source'],
];

/** A Reference, or the one inside a backbone element (`performer.actor`, `attester.party`, `agent.who`). */
function authorsOf(content: Json): string[] {
  const stated = authorship.flatMap((element) => list(content[element]));
  return [...new Set(stated.flatMap((each) => referencesOf(each)))];
}

interface ClinicalPeriod {
  periodStart: string;
  periodEnd: string;
}

const unknown: ClinicalPeriod = { periodStart: '', periodEnd: '' };

/** Elements that say when it happened, then when it was meant to, then when it was written down. */
const times: readonly string[] = [
  ...[
    'effective',
    'performed',
    'occurrence',
    'occurred',
    'period',
    'executionPeriod',
    'servicedPeriod',
    'servicePeriod',
  ],
  ...['billablePeriod', 'serviced', 'timing', 'started', 'identified', 'whenHandedOver', 'whenPrepared', 'sent'],
  ...['created', 'start', 'date', 'dateTime', 'dateWritten', 'authored', 'authoredOn', 'dateAsserted', 'recordedDate'],
  ...['recordedOn', 'recorded', 'issued', 'statusDate'],
];
const forms: readonly string[] = ['', 'Period', 'DateTime', 'Instant', 'Timing', 'Date'];

/**
 * The clinically relevant time. What has an onset lasts from it to its abatement; an onset that is no date, as an age,
 * leaves the start unknown.
 */
function clinicalPeriod(content: Json): ClinicalPeriod {
  const onset = timeOf(content, 'onset');
  const abatement = timeOf(content, 'abatement');
  if (onset || abatement || hasAny(content, 'onset') || hasAny(content, 'abatement'))
    return { periodStart: onset?.periodStart ?? '', periodEnd: abatement?.periodEnd ?? '' };
  for (const element of times) {
    const found = timeOf(content, element);
    if (found) return found;
  }
  return unknown;
}

const hasAny = (content: Json, element: string): boolean => Object.keys(content).some((key) => key.startsWith(element));

function timeOf(content: Json, element: string): ClinicalPeriod | undefined {
  for (const form of forms) {
    const value = content[element + form];
    if (typeof value === 'string') return { periodStart: value, periodEnd: value };
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return boundsOf(value as Json);
  }
  return undefined;
}

/** A Period as it is; a Timing from its first event to its last, or the bounds of its repetition. */
function boundsOf({ start, end, event, repeat }: Json): ClinicalPeriod {
  const events = list(event).map(text).sort();
  if (events.length > 0) return { periodStart: events[0]!, periodEnd: events.at(-1)! };
  const bounds = (repeat as Json | undefined)?.boundsPeriod as Json | undefined;
  return { periodStart: text(bounds?.start ?? start), periodEnd: text(bounds?.end ?? end) };
}
