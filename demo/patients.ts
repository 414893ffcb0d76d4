import type { Patient } from '@medplum/fhirtypes';
import { type Random, seededRandom } from './random.ts';
import { demoOrganizations } from './world.ts';

const givenNames = {
  female: ['Anna', 'Beatriz', 'Chiara', 'Dilara', 'Elsa', 'Freya', 'Greta', 'Hana', 'Irina', 'Jana', 'Klara', 'Leonor'],
  male: ['Anton', 'Bruno', 'Cem', 'David', 'Emil', 'Finn', 'Goran', 'Henrik', 'Ivo', 'Jonas', 'Karim', 'Luca'],
} as const;
const familyNames = [
  'Berg',
  'Castillo',
  'Demir',
  'Eriksen',
  'Fontaine',
  'Garcia',
  'Hoffmann',
  'Ivanova',
  'Jansen',
  'Kowalski',
  'Lindqvist',
  'Moreau',
  'Novak',
  'Okafor',
  'Petrov',
];

/** An invented person with a hospital, before there are any records. */
export interface SyntheticPatient {
  /** Organisation that files the records. */
  home: string;
  /** Seed of this patient's history. */
  seed: number;
  resource: Patient;
}

/** A patient of the demo world, who can log in. */
export interface DemoPatient extends SyntheticPatient {
  login: string;
  name: string;
}

/** The system of the demo hospitals' medical record numbers. */
export const recordNumberSystem = 'urn:oid:2.999.1.1';

/** The demo patients: `count` invented people, the same for the same seed. Logins are given.family, unique. */
export function demoPatients(count: number, seed = 20260101): DemoPatient[] {
  const random = seededRandom(seed);
  const taken = new Set<string>();
  return Array.from({ length: count }, (_, index) => {
    const gender = random.pick(genders);
    const [given, family] = freeName(random, gender, taken);
    const patient = syntheticPatient(random, index, { gender, given, family }, `HC${100000 + index * 37}`);
    return { login: loginOf(given, family), name: `${given} ${family}`, ...patient };
  });
}

/** Patients of the same hospitals who cannot log in: as many as are taken, the same for the same seed. */
export function* otherPatients(seed: number): Generator<SyntheticPatient, never> {
  const random = seededRandom(seed);
  for (let index = 0; ; index++) {
    const gender = random.pick(genders);
    const [given, family] = [random.pick(givenNames[gender]), random.pick(familyNames)];
    yield syntheticPatient(random, index, { gender, given, family }, `HC${900000 + index}`);
  }
}

const genders = ['female', 'male'] as const;

function syntheticPatient(
  random: Random,
  index: number,
  { gender, given, family }: { gender: (typeof genders)[number]; given: string; family: string },
  recordNumber: string,
): SyntheticPatient {
  const home = demoOrganizations[index % demoOrganizations.length]!;
  const postalCode = home.postcodes[Math.floor(index / demoOrganizations.length) % home.postcodes.length]!;
  const birthDate = `${random.integer(1942, 2006)}-${pad(random.integer(1, 12))}-${pad(random.integer(1, 28))}`;
  return {
    home: home.id,
    seed: random.integer(1, 2 ** 31),
    resource: {
      resourceType: 'Patient',
      identifier: [{ system: recordNumberSystem, value: recordNumber }],
      active: true,
      name: [{ use: 'official', given: [given], family }],
      gender,
      birthDate,
      address: [{ use: 'home', line: [`${random.integer(1, 120)} Chestnut Street`], city: home.city, postalCode }],
      telecom: [{ system: 'phone', use: 'mobile', value: `555-01${pad(random.integer(0, 99))}` }],
      managingOrganization: { reference: `Organization/${home.id}` },
    },
  };
}

function freeName(random: Random, gender: 'female' | 'male', taken: Set<string>): [string, string] {
  for (;;) {
    const name: [string, string] = [random.pick(givenNames[gender]), random.pick(familyNames)];
    if (taken.has(loginOf(...name))) continue;
    taken.add(loginOf(...name));
    return name;
  }
}

const loginOf = (given: string, family: string) => `${given}.${family}`.toLowerCase();
export const pad = (value: number) => String(value).padStart(2, '0');
