import type { Compartments } from './compartment.ts';
import type { Param, ReferenceValue } from './params.ts';
import type { Query } from './query.ts';
import type { SearchParameters } from './searchParameters.ts';

/**
 * Patients in whose compartments every answer of a search lies: what its `_id` (of patients) or a parameter of the
 * patient compartment says. Undefined where neither says it for all answers.
 */
export function patientsAsked(
  { type, params }: Query,
  parameters: SearchParameters,
  { parametersOf }: Compartments,
): string[] | undefined {
  for (const param of params) {
    const patients = type === 'Patient' ? idsOf(param) : referred(param, type, parameters, parametersOf(type));
    if (patients) return patients;
  }
  return undefined;
}

function idsOf(param: Param): string[] | undefined {
  return param.kind === 'id' && !param.not ? param.values : undefined;
}

function referred(param: Param, type: string, parameters: SearchParameters, compartment: readonly string[]) {
  const { kind, code } = param;
  if (kind !== 'reference' || !(code === 'patient' || code === 'subject' || compartment.includes(code)))
    return undefined;
  const targets = parameters(type)?.get(code)?.targets;
  const isOfPatients = code === 'patient' || code === 'subject' || targets?.join() === 'Patient';
  const patients = param.values.map((value) => patientOf(value, isOfPatients));
  return patients.every((each) => each !== undefined) ? patients : undefined;
}

function patientOf(value: ReferenceValue, isOfPatients: boolean): string | undefined {
  if ('id' in value) return isOfPatients ? value.id : undefined;
  return value.reference.startsWith('Patient/') ? value.reference.slice('Patient/'.length) : undefined;
}
