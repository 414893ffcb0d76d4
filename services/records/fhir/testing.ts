import { Failure, type FailureCode } from '../../../kernel/errors.ts';

export const base = 'https://records.example/fhir';

export const patient = {
  resourceType: 'Patient',
  id: 'p1',
  identifier: [{ system: 'urn:oid:1.2.3', value: 'MRN-7' }],
  active: true,
  name: [{ use: 'official', family: 'Núñez de la Peña', given: ['Ana', 'María'] }],
  telecom: [{ system: 'phone', value: '+1 555 0100' }],
  gender: 'female',
  birthDate: '1980-02-29',
  address: [{ line: ['1 Main Street'], city: 'Northgate', postalCode: '01234', country: 'US' }],
} as const;

export const observation = {
  resourceType: 'Observation',
  id: 'o1',
  meta: { lastUpdated: '2024-05-06T07:08:09.100Z', profile: ['http://example.org/profile'] },
  status: 'final',
  category: [
    { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'vital-signs' }] },
  ],
  code: { coding: [{ system: 'http://loinc.org', code: '8480-6', display: 'Systolic blood pressure' }] },
  subject: { reference: 'Patient/p1' },
  encounter: { reference: 'Encounter/e1' },
  effectiveDateTime: '2024-05-06T09:08:09+02:00',
  performer: [{ reference: 'Practitioner/d1', identifier: { system: 'urn:npi', value: 'N1' } }],
  valueQuantity: { value: 120, unit: 'mm[Hg]', system: 'http://unitsofmeasure.org', code: 'mm[Hg]' },
} as const;

/** What is wrong according to a Failure, as `code path`. */
export function problems(act: () => unknown): string[] {
  try {
    act();
    return [];
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return error.issues.map(({ code, expression }) => problem(code, expression?.[0]));
  }
}

export const problem = (code: FailureCode, path: string | undefined) => `${code} ${path}`;
