import type { Coding } from './terminology.ts';
import { type Period, type When, whenOfDate, whenOfPeriod } from './when.ts';

/** Any resource, as JSON gives it. */
export interface Resource {
  resourceType: string;
  id?: string;
  [element: string]: unknown;
}

/** Something coded that a record says of its patient. */
export interface Event {
  codings: readonly Coding[];
  when: When | undefined;
  /** Of an observation. */
  quantity?: Quantity;
}

export interface Quantity {
  value?: unknown;
  comparator?: string;
  unit?: string;
  system?: string;
  code?: string;
}

interface Concept {
  coding?: Coding[];
}

type Reader = (resource: Resource, record: readonly Resource[], zone: number) => Event[];

const one = (concept: unknown, when: When | undefined): Event[] => [{ codings: codingsOf(concept), when }];
const codingsOf = (concept: unknown): readonly Coding[] => (concept as Concept | undefined)?.coding ?? [];
const hasCode = (concept: unknown, ...codes: string[]) =>
  codingsOf(concept).some(({ code }) => codes.includes(code ?? ''));

/** Of what is in the record, what its status says never was, or is only planned, is no event. */
export const eventReaders: Record<'condition' | 'medication' | 'procedure' | 'observation', Record<string, Reader>> = {
  condition: {
    Condition: (resource, _, zone) =>
      hasCode(resource.verificationStatus, 'entered-in-error', 'refuted')
        ? []
        : one(resource.code, whenOfCondition(resource, zone)),
  },
  medication: {
    MedicationRequest: (resource, record, zone) =>
      unless(resource, ['entered-in-error', 'cancelled', 'draft', 'unknown']) && resource.doNotPerform !== true
        ? one(medicationOf(resource, record), whenOfDate(resource.authoredOn, zone))
        : [],
    MedicationStatement: (resource, record, zone) =>
      unless(resource, ['entered-in-error', 'not-taken', 'intended', 'unknown'])
        ? one(medicationOf(resource, record), whenOf(resource, 'effective', zone))
        : [],
    MedicationAdministration: (resource, record, zone) =>
      unless(resource, ['entered-in-error', 'not-done', 'unknown'])
        ? one(medicationOf(resource, record), whenOf(resource, 'effective', zone))
        : [],
    MedicationDispense: (resource, record, zone) =>
      resource.status === 'completed'
        ? one(medicationOf(resource, record), whenOfDate(resource.whenHandedOver ?? resource.whenPrepared, zone))
        : [],
  },
  procedure: {
    Procedure: (resource, _, zone) =>
      resource.status === 'completed' || resource.status === 'in-progress'
        ? one(resource.code, whenOf(resource, 'performed', zone))
        : [],
  },
  observation: { Observation: observations },
};

const unless = ({ status }: Resource, statuses: readonly string[]) =>
  typeof status === 'string' && !statuses.includes(status);

const whenOf = (resource: Resource, element: 'effective' | 'performed', zone: number): When | undefined =>
  whenOfDate(resource[`${element}DateTime`] ?? resource[`${element}Instant`], zone) ??
  whenOfPeriod((resource[`${element}Period`] ?? {}) as Period, zone);

/** An observation and each of its components, which have codes and values of their own. */
function observations(resource: Resource, _: readonly Resource[], zone: number): Event[] {
  if (!['final', 'amended', 'corrected'].includes(String(resource.status))) return [];
  const when = whenOf(resource, 'effective', zone);
  const parts = [resource, ...((resource.component ?? []) as Resource[])];
  return parts.map(({ code, valueQuantity, valueInteger }) => {
    const quantity = (valueQuantity as Quantity | undefined) ?? bare(valueInteger);
    return { codings: codingsOf(code), when, ...(quantity && { quantity }) };
  });
}

const bare = (value: unknown): Quantity | undefined => (value === undefined ? undefined : { value, code: '1' });

/** The concept, or that of the Medication that is contained or stands in the record. */
function medicationOf(resource: Resource, record: readonly Resource[]): unknown {
  if (resource.medicationCodeableConcept) return resource.medicationCodeableConcept;
  const reference = (resource.medicationReference as { reference?: string } | undefined)?.reference ?? '';
  const contained = (resource.contained ?? []) as Resource[];
  const found = reference.startsWith('#')
    ? contained.find(({ id }) => id === reference.slice(1))
    : record.find(({ resourceType, id }) => resourceType === 'Medication' && reference === `Medication/${id}`);
  return found?.code;
}

/** A condition lasts from its onset until it abates; it was there at the latest when it was recorded. */
function whenOfCondition(resource: Resource, zone: number): When | undefined {
  const onset = whenOfDate(resource.onsetDateTime, zone) ?? whenOfPeriod((resource.onsetPeriod ?? {}) as Period, zone);
  const recorded = whenOfDate(resource.recordedDate, zone)?.began;
  const began = onset?.began ?? (recorded && { start: -Infinity, end: recorded.end });
  if (!began) return undefined;
  const abated =
    whenOfDate(resource.abatementDateTime, zone) ?? whenOfPeriod((resource.abatementPeriod ?? {}) as Period, zone);
  if (abated) return { began, ended: abated.ended };
  const past = hasCode(resource.clinicalStatus, 'inactive', 'remission', 'resolved');
  return { began, ended: { start: past ? (onset?.began ?? recorded)!.start : Infinity, end: Infinity } };
}
