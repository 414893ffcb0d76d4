import type { Asker } from '../../../contracts/rules/state.ts';
import { Failure } from '../../../kernel/errors.ts';

/** An identifier as other systems send it: of one of our resources, or of the system that it names. */
export interface Identified {
  system?: string;
  value: string;
}

/**
 * The id of our resource that is meant: `<id>`, `<Type>/<id>`, or a value under our own FHIR base. Identifiers of
 * other systems name nobody here, since only records can look them up. Throws Failure `value`.
 */
export function idOf(type: string, given: string | Identified, fhirBase: string): string {
  const { system = '', value } = typeof given === 'string' ? { value: given } : given;
  const local = value.startsWith(`${fhirBase}/`) ? value.slice(fhirBase.length + 1) : value;
  const [, named, id] = /^(?:([A-Za-z]+)\/)?([A-Za-z0-9.-]{1,64})$/.exec(local) ?? [];
  const ours = ['', fhirBase, `${fhirBase}/${type}`].includes(system);
  if (id && ours && (named === undefined || named === type)) return id;
  throw new Failure('value', `Name the ${type} by its id on this server: ${type}/<id>, without another system.`, {
    expression: [type],
  });
}

/** Who asks, where a system asks for one of its people; left out: whose token it is. */
export function namedAsker(practitioner: string | Identified | undefined, fhirBase: string): Asker {
  const subject = practitioner === undefined ? '' : idOf('Practitioner', practitioner, fhirBase);
  return { subject, role: '', careTeams: [] };
}
