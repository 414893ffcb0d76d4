import type { Patient } from '@medplum/fhirtypes';
import { type Client, restClient } from '../../cli/client.ts';
import { login } from '../../cli/oidc.ts';
import { IdentityService } from '../../proto/gen/healthchain/identity/v1/identity_pb.ts';
import { fileObservations } from '../scene.ts';
import type { FaultyPlatform } from './platform.ts';

/** Somebody with a token that holds for the whole run. */
export interface Person {
  login: string;
  token: string;
}

export interface KnownPatient extends Person {
  /** Id of the Patient. */
  id: string;
  /** Observations that were there before any load. */
  observations: string[];
}

/** Three hospitals: one that files, one that patients let read, one that nobody lets read. */
export interface World {
  patients: KnownPatient[];
  authors: Person[];
  readers: Person[];
  stranger: Person;
  researcher: Person;
}

const hospitals = { home: 'Northgate Hospital', guest: 'Lindenhof Clinic', other: 'Harbour General Hospital' };
/** Whom patients let read. */
export const guest: keyof typeof hospitals = 'guest';
export const password = 'faults-password';
const account = { password, demo: true };
const patientCount = 4;

export async function peopled({ url, rpcAs }: FaultyPlatform): Promise<World> {
  const identity = rpcAs('identity').client(IdentityService);
  for (const [id, name] of Object.entries(hospitals))
    await identity.registerOrganization({ id, name, kind: 'hospital' });
  const person = async (role: string, organization: keyof typeof hospitals, name: string): Promise<Person> => {
    await identity.registerPerson({ login: name, name, role, organization, ...account });
    return loggedIn(url, name);
  };
  const authors = [await person('practitioner', 'home', 'author-1'), await person('practitioner', 'home', 'author-2')];
  const patients: KnownPatient[] = [];
  for (let n = 1; n <= patientCount; n++) {
    const [name, client] = [`patient-${n}`, clientOf(url, authors[0]!)];
    const { body } = await client.call('/fhir/Patient', { method: 'POST', body: patient(name) });
    await identity.registerPerson({ login: name, name, role: 'patient', patient: body.id, ...account });
    const observations = await fileObservations(client, body.id, 5);
    patients.push({ ...(await loggedIn(url, name)), id: body.id, observations });
  }
  return {
    ...{ authors, patients },
    readers: [await person('practitioner', 'guest', 'reader-1'), await person('practitioner', 'guest', 'reader-2')],
    stranger: await person('practitioner', 'other', 'stranger'),
    researcher: await person('researcher', 'home', 'researcher'),
  };
}

export const patient = (name: string): Patient => ({
  resourceType: 'Patient',
  identifier: [{ system: 'urn:healthchain:faults', value: name }],
  name: [{ text: name }],
});

export const clientOf = (url: string, { token }: Person): Client => restClient(url, async () => token);

async function loggedIn(server: string, name: string): Promise<Person> {
  const { accessToken } = await login({ server, user: name, password });
  return { login: name, token: accessToken };
}
