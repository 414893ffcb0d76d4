import type { Recorded, SealedStore } from '../../../kernel/eventstore/sealed.ts';
import { undefinedWhereErased } from '../../../kernel/keys/erased.ts';
import type { Keyring } from '../../../kernel/keys/keyring.ts';
import type { ViewDocument, Views, ViewWrite } from '../../../kernel/views/port.ts';
import type { Projection } from '../../../kernel/views/projection.ts';
import { type Client, type ClientDetails, client } from '../domain/client.ts';
import type { IdentityEvent } from '../domain/event.ts';
import { type Mandate, type MandateEvent, mandate } from '../domain/mandate.ts';
import { type Organization, organization } from '../domain/organization.ts';
import { loginForm, type PasswordHash, type PersonDetails, person } from '../domain/person.ts';
import { documentSeal } from './seal.ts';

export type KnownOrganization = Exclude<Organization, { status: 'none' }> & { id: string };
export type KnownPerson = PersonDetails & { id: string; password: PasswordHash };
export type KnownMandate = Exclude<Mandate, { status: 'none' }> & { id: string };
export type KnownClient = ClientDetails & { id: string };

/** What identity knows, by id and by what else it is looked up with. What cannot be opened any more is not there. */
export interface Directory {
  organization(id: string): Promise<KnownOrganization | undefined>;
  organizations(): Promise<KnownOrganization[]>;
  person(id: string): Promise<KnownPerson | undefined>;
  /** By login, as typed; found through its keyed hash. */
  personByLogin(login: string): Promise<KnownPerson | undefined>;
  /** Everybody of an organisation but its patients. */
  staff(organization: string): Promise<KnownPerson[]>;
  mandate(id: string): Promise<KnownMandate | undefined>;
  /** Mandates, revoked ones too, of a subject, for a patient, or both; one of them may be empty. */
  mandates(subject: string, patient: string): Promise<KnownMandate[]>;
  client(id: string): Promise<KnownClient | undefined>;
}

export function directory(views: Views, keyring: Keyring): Directory {
  const { open } = documentSeal(keyring);
  const get = async <T>(collection: string, id: string) => {
    const document = await views.get(collection, id);
    return document && open<T>(collection, document);
  };
  const opened = async <T>(collection: string, documents: ViewDocument[]) => {
    const all = await Promise.all(documents.map((document) => open<T>(collection, document)));
    return all.filter((each) => each !== undefined);
  };
  return {
    organization: (id) => get('organizations', id),
    organizations: async () => opened('organizations', await views.find('organizations', { where: { all: '1' } })),
    person: (id) => get('people', id),
    async personByLogin(login) {
      const where = { login: loginKey(keyring, login) };
      return (await opened<KnownPerson>('people', await views.find('people', { where, limit: 1 })))[0];
    },
    async staff(organization) {
      const documents = await views.find('people', { where: { owner: `organization/${organization}` } });
      return (await opened<KnownPerson>('people', documents)).filter(({ role }) => role !== 'patient');
    },
    mandate: (id) => get('mandates', id),
    async mandates(subject, patient) {
      const where: Record<string, string> = { ...(subject && { subject }), ...(patient && { patient }) };
      if (!subject && !patient) return [];
      return opened('mandates', await views.find('mandates', { where }));
    },
    client: (id) => get('clients', id),
  };
}

/** The keyed hash that a login is found through. */
export const loginKey = (keyring: Keyring, login: string): string => keyring.mac(`login/${loginForm(login)}`);

/** Organisations, people, mandates and clients, each sealed as its events are. */
export function directoryProjection(log: SealedStore<IdentityEvent>, keyring: Keyring): Projection<IdentityEvent> {
  const { seal } = documentSeal(keyring);

  async function put(
    recorded: Recorded<IdentityEvent>,
    collection: string,
    keys: Record<string, string>,
    body: object,
  ) {
    const id = idOf(recorded);
    const sealed = await seal(collection, id, recorded.owner, { ...body, id });
    const { version } = recorded;
    return [{ collection, id, version, keys: { ...keys, owner: recorded.owner }, sort: recorded.at, body: sealed }];
  }

  /** Of what its stream says up to there: whoever recorded the mandate may not have got to its view yet. */
  async function putMandate(recorded: Recorded<IdentityEvent>) {
    const past = await log.read(recorded.stream, { limit: recorded.version }).catch(undefinedWhereErased);
    const after = (past ?? []).reduce<Mandate>(
      (state, { event }) => mandate.evolve(state, event as MandateEvent),
      mandate.initial,
    );
    if (after.status === 'none') return [];
    return put(recorded, 'mandates', { subject: after.subject, patient: after.patient }, after);
  }

  return {
    collections: ['organizations', 'people', 'mandates', 'clients'],
    async apply(recorded): Promise<ViewWrite[]> {
      const { event } = recorded;
      switch (event.type) {
        case 'OrganizationRegistered':
          return put(recorded, 'organizations', { all: '1' }, organization.evolve(organization.initial, event));
        case 'PersonRegistered':
          return put(
            recorded,
            'people',
            { login: loginKey(keyring, event.login) },
            person.evolve(person.initial, event),
          );
        case 'MandateRecorded':
        case 'MandateRevoked':
          return putMandate(recorded);
        case 'ClientRegistered':
          return put(recorded, 'clients', {}, client.evolve(client.initial as Client, event));
        case 'UserAuthenticated':
        case 'Reserved':
          return [];
        default:
          return event satisfies never;
      }
    },
  };
}

const idOf = ({ stream }: Recorded<IdentityEvent>) => stream.slice(stream.indexOf('/') + 1);
