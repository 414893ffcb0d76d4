import { Failure } from '../../../kernel/errors.ts';
import type { Prepared } from './prepared.ts';
import { localTarget, referencesOf } from './references.ts';
import type { SearchParameters } from './searchParameters.ts';

export interface Compartments {
  /**
   * Ids of the patients in whose compartment a resource is, sorted: R4's patient compartment, where a Patient is in its
   * own alone. Contained resources count too, and a type that R4 puts in no compartment (Device, Contract …) counts for
   * every patient that it refers to: what names a patient is the patient's. Absolute references into our own base must
   * have been made relative before.
   * @throws Failure `value` for a `urn:` reference in the patient's place: it must have been resolved before
   */
  patientsOf(resource: object): string[];
  /** Whether resources of this type can be about a patient at all, as an Organization cannot. */
  mayConcernPatient(type: string): boolean;
  /** Search parameters whose reference puts a resource of this type in a patient's compartment. */
  parametersOf(type: string): readonly string[];
}

/** Types whose content is free, so that nobody can say what it is about. */
const free: readonly string[] = ['Basic', 'Binary', 'Bundle', 'Parameters', 'QuestionnaireResponse'];

export function patientCompartments(definitions: Prepared, parameters: SearchParameters): Compartments {
  const { patientCompartment } = definitions;
  const personal = personalTypes(definitions);
  const parametersOf = (type: string) => (type === 'Patient' ? [] : (patientCompartment[type] ?? []));

  function collect(
    resource: { resourceType?: string; id?: string; contained?: object[] },
    patients: Set<string>,
  ): void {
    const { resourceType: type = '', id, contained = [] } = resource;
    if (type === 'Patient') {
      if (id) patients.add(id);
    } else if (patientCompartment[type]) {
      for (const name of parametersOf(type))
        parameters(type)
          ?.get(name)
          ?.values(resource, (value) => addPatient(value, `${type}.${name}`, patients));
    } else {
      for (const reference of referencesOf(resource))
        if (reference.startsWith('Patient/')) patients.add(reference.slice('Patient/'.length));
    }
    for (const inner of contained) if (!isPatient(inner)) collect(inner, patients);
  }

  return {
    parametersOf,
    patientsOf(resource) {
      const patients = new Set<string>();
      collect(resource, patients);
      return [...patients].sort();
    },
    mayConcernPatient: (type) => personal.has(type),
  };
}

function personalTypes({ types, patientCompartment }: Prepared): ReadonlySet<string> {
  const leadToPatients = Object.entries(types).filter(([, { elements }]) =>
    elements.some((each) => each.types.includes('Reference') && (each.targets?.includes('Patient') ?? true)),
  );
  const roots = leadToPatients.map(([name]) => name.split('.')[0]!);
  return new Set(['Patient', ...free, ...Object.keys(patientCompartment), ...roots]);
}

/** A contained Patient has an id of the containing resource, not of ours. */
const isPatient = (resource: { resourceType?: string }) => resource.resourceType === 'Patient';

function addPatient(value: unknown, where: string, patients: Set<string>): void {
  const { reference } = value as { reference?: unknown };
  if (typeof reference === 'string' && reference.startsWith('urn:'))
    throw new Failure('value', 'The reference leads to nothing in this request.', { expression: [where] });
  const target = localTarget(reference);
  if (target?.type === 'Patient') patients.add(target.id);
}
