import type { Asker, ConsentState, Deployment } from '../../../contracts/rules/state.ts';
import { type Probe, provisionsIn } from '../domain/overview.ts';
import { type Directory, undefinedWhereUnknown } from './directory.ts';
import type { People } from './identity.ts';

/**
 * Who is asked about when a patient wants to know who could see what: the clinicians and researchers of every
 * organisation that identity knows and of any other, and everybody whom one of the consents names.
 */
export type Probes = (states: readonly ConsentState[]) => Promise<Probe[]>;

const clinical = ['TREAT', 'ETREAT', 'HPAYMT', 'HOPERAT'];
const research = ['HRESCH', 'CLINTRCH'];
const personal = ['PATRQT', 'FAMRQT'];

export function probesOf(directory: Directory, people: People, { purposes: own }: Deployment): Probes {
  const staff = (who: Probe['who'], organization?: string): Probe[] =>
    [
      { role: 'practitioner', purposes: [...clinical, ...own] },
      { role: 'researcher', purposes: [...research, ...own] },
    ].map(({ role, purposes }) => ({
      ...{ who: { ...who, role }, purposes },
      asker: { subject: '', role, careTeams: [], ...(organization && { organization }) },
    }));

  async function person(subject: string): Promise<Probe> {
    const known = await people(subject).catch(undefinedWhereUnknown);
    const name = (await directory.person(subject))?.name;
    const asker: Asker = known ?? { subject, role: 'practitioner', careTeams: [] };
    return {
      who: { practitioner: subject, role: asker.role, ...(name && { name }) },
      asker,
      purposes: [...clinical, ...research, ...own],
    };
  }

  async function named(reference: string): Promise<Probe[]> {
    const [type, id = ''] = reference.split('/');
    if (type === 'Organization') return staff({ organization: id }, id);
    if (type === 'Practitioner') return [await person(id)];
    if (type === 'CareTeam' || type === 'Group') {
      const asker = { subject: '', role: 'practitioner', careTeams: [reference] };
      return [{ who: { careTeam: reference }, asker, purposes: [...clinical, ...own] }];
    }
    const role = type === 'Device' ? 'system' : 'patient';
    const asker = {
      subject: type === 'Patient' ? '' : id,
      role,
      careTeams: [],
      ...(type === 'Patient' && { patient: id }),
    };
    return [{ who: { name: reference, role }, asker, purposes: type === 'Device' ? clinical : personal }];
  }

  return async (states) => {
    const organizations = await directory.organizations();
    const known = new Set(organizations.map(({ id }) => `Organization/${id}`));
    const references = states
      .flatMap(provisionsIn)
      .flatMap(({ actors = [] }) => actors.flatMap((of) => of.reference ?? []));
    const others = [...new Set(references)].filter((reference) => !known.has(reference));
    return [
      ...organizations.flatMap(({ id, name }) => staff({ organization: id, name }, id)),
      ...(await Promise.all(others.map(named))).flat(),
      ...staff({ name: 'any other organisation' }),
    ];
  };
}
