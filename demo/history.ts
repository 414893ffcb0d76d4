import type { Bundle, BundleEntry, Encounter, Observation, Reference, Resource } from '@medplum/fhirtypes';
import {
  allergies,
  bloodPressure,
  type ConditionProfile,
  checkUp,
  conditions,
  influenzaVaccine,
  type Measure,
  measures,
} from './catalogue.ts';
import { pad, type SyntheticPatient } from './patients.ts';
import { type Random, seededRandom } from './random.ts';

const hl7 = (system: string) => `http://terminology.hl7.org/CodeSystem/${system}`;
const firstYear = 2019;
const lastYear = 2025;

interface Context {
  random: Random;
  patient: Reference<never>;
  entries: BundleEntry[];
}

/**
 * A patient's records over some years as a FHIR R4 transaction bundle; the same patient gives the same bundle.
 * @param from year of the first visit; what began before it is recorded there
 */
export function demoHistory(patient: SyntheticPatient, from = firstYear): Bundle {
  const random = seededRandom(patient.seed);
  const entries: BundleEntry[] = [];
  const context: Context = { random, entries, patient: { reference: add(entries, random, patient.resource) } };
  const profiles = conditions.filter((profile) => random.chance(profile.share));
  const onset = new Map(profiles.map((profile) => [profile, random.integer(firstYear, lastYear - 2)]));
  if (random.chance(0.35)) addAllergy(context);
  for (let year = from; year <= lastYear; year++) addVisit(context, year, from, onset);
  return { resourceType: 'Bundle', type: 'transaction', entry: entries };
}

function addVisit(context: Context, year: number, from: number, onset: Map<ConditionProfile, number>): void {
  const { random, patient } = context;
  const start = `${year}-${pad(random.integer(1, 12))}-${pad(random.integer(1, 28))}T${pad(random.integer(8, 16))}:00:00+01:00`;
  const visit: Encounter = {
    resourceType: 'Encounter',
    status: 'finished',
    class: { system: hl7('v3-ActCode'), code: 'AMB' },
    type: [checkUp],
    subject: patient,
    period: { start, end: start.replace(':00:00', ':30:00') },
  };
  const encounter: Reference<never> = { reference: add(context.entries, random, visit) };
  for (const [profile, since] of onset)
    if (Math.max(since, from) === year) addCondition(context, profile, start, encounter);
  const present = [...onset].filter(([, since]) => since <= year).map(([profile]) => profile);
  addBloodPressure(context, start, encounter, Math.max(0, ...present.map((profile) => profile.pressure)));
  for (const name of ['weight', 'heartRate', 'temperature'] as const)
    addMeasure(context, measures[name], 1, start, encounter);
  for (const { follow } of present) {
    for (const each of follow) addMeasure(context, measures[each.measure], each.factor, start, encounter);
  }
  if (random.chance(0.4)) addVaccination(context, start);
}

function addCondition(context: Context, profile: ConditionProfile, at: string, encounter: Reference<never>): void {
  const { entries, random, patient: subject } = context;
  add(entries, random, {
    resourceType: 'Condition',
    clinicalStatus: { coding: [{ system: hl7('condition-clinical'), code: 'active' }] },
    verificationStatus: { coding: [{ system: hl7('condition-ver-status'), code: 'confirmed' }] },
    code: profile.code,
    subject,
    encounter,
    onsetDateTime: at,
    recordedDate: at,
  });
  add(entries, random, {
    resourceType: 'MedicationRequest',
    status: 'active',
    intent: 'order',
    medicationCodeableConcept: profile.medication,
    subject,
    encounter,
    authoredOn: at,
    dosageInstruction: [{ text: profile.dose }],
  });
}

function addMeasure(context: Context, measure: Measure, factor: number, at: string, encounter: Reference<never>): void {
  const value = context.random.decimal(measure.low * factor, measure.high * factor, measure.digits);
  const quantity = { value, unit: measure.unit, system: 'http://unitsofmeasure.org', code: measure.unit };
  add(context.entries, context.random, {
    ...observation(context, measure.category, at, encounter),
    code: measure.code,
    valueQuantity: quantity,
  });
}

function addBloodPressure(context: Context, at: string, encounter: Reference<never>, raised: number): void {
  const { random } = context;
  const pressure = (value: number) => ({ value, unit: 'mm[Hg]', system: 'http://unitsofmeasure.org', code: 'mm[Hg]' });
  add(context.entries, random, {
    ...observation(context, 'vital-signs', at, encounter),
    code: bloodPressure.panel,
    component: [
      { code: bloodPressure.systolic, valueQuantity: pressure(random.integer(104, 128) + raised) },
      { code: bloodPressure.diastolic, valueQuantity: pressure(random.integer(64, 82) + Math.round(raised / 2)) },
    ],
  });
}

function observation(
  context: Context,
  category: string,
  at: string,
  encounter: Reference<never>,
): Omit<Observation, 'code'> {
  return {
    resourceType: 'Observation',
    status: 'final',
    category: [{ coding: [{ system: hl7('observation-category'), code: category }] }],
    subject: context.patient,
    encounter,
    effectiveDateTime: at,
  };
}

function addAllergy({ entries, random, patient }: Context): void {
  add(entries, random, {
    resourceType: 'AllergyIntolerance',
    clinicalStatus: { coding: [{ system: hl7('allergyintolerance-clinical'), code: 'active' }] },
    verificationStatus: { coding: [{ system: hl7('allergyintolerance-verification'), code: 'confirmed' }] },
    code: random.pick(allergies),
    patient,
    recordedDate: `${firstYear - random.integer(1, 12)}-06-01`,
  });
}

function addVaccination({ entries, random, patient }: Context, at: string): void {
  add(entries, random, {
    resourceType: 'Immunization',
    status: 'completed',
    vaccineCode: influenzaVaccine,
    patient,
    occurrenceDateTime: at,
  });
}

/** Adds a POST entry and returns its urn:uuid, by which the bundle's other entries refer to it. */
function add(entries: BundleEntry[], random: Random, resource: Resource): string {
  const hex = Array.from({ length: 32 }, () => random.integer(0, 15).toString(16)).join('');
  const fullUrl = `urn:uuid:${hex.replace(/^(.{8})(.{3}).(.{3}).(.{3})(.{12}).*$/, '$1-$20-4$3-8$4-$5')}`;
  entries.push({ fullUrl, resource, request: { method: 'POST', url: resource.resourceType } });
  return fullUrl;
}
