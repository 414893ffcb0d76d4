import type { Bundle, Patient } from '@medplum/fhirtypes';
import { clinicPatients, isOfClinic } from '../demo/clinic.ts';
import { demoHistory } from '../demo/history.ts';
import { demoPatients } from '../demo/patients.ts';
import { demoPatientCount } from '../demo/seed.ts';
import { demoOrganizations, filingClinician } from '../demo/world.ts';
import { Failure } from '../kernel/errors.ts';
import { bundleFiles, readBundle } from './bundles.ts';
import { type Client, type DemoUser, userClient } from './client.ts';
import { inTurns } from './inTurns.ts';

/** Somebody whose records are there, with what the storyteller knows of them. */
export interface Person {
  /** Id of the Patient. */
  patient: string;
  resource: Patient;
  /** Who files their records, and what they sign on paper. */
  clinician: Client;
  /** Their own, where they can log in. */
  login?: Client & { user: string };
  /** Whether they have hypertension or prediabetes. */
  affected: boolean;
  /** Whether they take part in studies at all. */
  willing: boolean;
}

/** As many of the clinics as k = 11 needs, so that one class may be withheld later (docs/research.md). */
export const clinicSize = 280;

/** The demo world's patients, who log in; one of ten takes part in nothing. */
export function demoPeople(server: string, users: readonly DemoUser[]): Person[] {
  return demoPatients(demoPatientCount).flatMap((person, index) => {
    const { login, home, resource } = person;
    const affected = isOfClinic(demoHistory(person));
    const user = users.find((each) => each.user === login);
    if (!user?.patient) return [];
    const own = { ...userClient(server, user), user: login };
    const clinician = clinicianOf(server, users, home);
    return [{ patient: user.patient, resource, clinician, login: own, affected, willing: index % 10 !== 9 }];
  });
}

/** Files the clinics' patients, who sign on paper; one of ten takes part in nothing. Repeated, it files nobody twice. */
export function clinicPeople(server: string, users: readonly DemoUser[], count = clinicSize): Promise<Person[]> {
  const clinicians = new Map(demoOrganizations.map(({ id }) => [id, clinicianOf(server, users, id)]));
  return inTurns(clinicPatients(count), async ({ home, history, resource, recordNumber }, index) => {
    const clinician = clinicians.get(home)!;
    const patient = await filed(clinician, history, `demo-clinic-${recordNumber}`);
    return { patient, resource, clinician, affected: isOfClinic(history), willing: index % 10 !== 9 };
  });
}

/** Imports bundles of whole histories; those who are alive sign on paper. Repeated, it imports nobody twice. */
export async function bundlePeople(clinician: Client, folder: string): Promise<Person[]> {
  return inTurns(await bundleFiles(folder), async (file) => {
    const { bundle, key } = await readBundle(file);
    const resource = bundle.entry?.find((each) => each.resource?.resourceType === 'Patient')?.resource as Patient;
    const patient = await filed(clinician, bundle, key);
    return { patient, resource, clinician, affected: isOfClinic(bundle), willing: !resource.deceasedDateTime };
  });
}

function clinicianOf(server: string, users: readonly DemoUser[], home: string): Client {
  const { login } = filingClinician(home);
  return userClient(server, users.find(({ user }) => user === login)!);
}

/** Posts a bundle of one patient, and resolves to the id of their Patient. */
async function filed(clinician: Client, bundle: Bundle, key: string): Promise<string> {
  const answer = await clinician.call('/fhir', { method: 'POST', body: bundle, headers: { 'idempotency-key': key } });
  const locations = (answer.body as Bundle).entry?.map(({ response }) => response?.location ?? '') ?? [];
  const [id] = locations.flatMap((location) => /(?:^|\/)Patient\/([^/]+)/.exec(location)?.[1] ?? []);
  if (id) return id;
  throw new Failure('exception', 'A patient was not filed: the answer names none.');
}
