import type { Bundle } from '@medplum/fhirtypes';
import { demoHistory } from './history.ts';
import { otherPatients, type SyntheticPatient } from './patients.ts';
import criteria from './research/criteria.json' with { type: 'json' };

/** A patient of the blood pressure clinics, with the records that their hospital files. */
export interface ClinicPatient extends SyntheticPatient {
  recordNumber: string;
  history: Bundle;
}

/** The year in which the clinics saw their patients. */
const seen = 2025;

/**
 * So many patients of the demo hospitals' blood pressure clinics, the same at every call: most have hypertension or
 * prediabetes, one of twelve has neither. They are no part of the demo world: who needs them files them.
 */
export function clinicPatients(count: number): ClinicPatient[] {
  const found: ClinicPatient[] = [];
  const source = otherPatients(20260202);
  while (found.length < count) {
    const patient = source.next().value;
    const history = demoHistory(patient, seen);
    const wanted = found.length % 12 === 5 ? !isOfClinic(history) : isOfClinic(history);
    if (wanted) found.push({ ...patient, history, recordNumber: patient.resource.identifier![0]!.value! });
  }
  return found;
}

/** Whether somebody's records tell of hypertension or prediabetes. */
export function isOfClinic({ entry = [] }: Bundle): boolean {
  const codes = criteria.criteria.flatMap((each) => each.codes ?? []).map(({ code }) => code);
  return entry.some(
    ({ resource }) =>
      resource?.resourceType === 'Condition' && resource.code?.coding?.some(({ code }) => codes.includes(code!)),
  );
}
