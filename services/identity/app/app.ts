import type { Ids } from '../../../kernel/clock.ts';
import { Failure, WrongVersion } from '../../../kernel/errors.ts';
import { handle } from '../../../kernel/eventstore/handle.ts';
import type { SealedStore } from '../../../kernel/eventstore/sealed.ts';
import type { Keyring } from '../../../kernel/keys/keyring.ts';
import type { Projector } from '../../../kernel/views/projection.ts';
import { client, type RegisterClient } from '../domain/client.ts';
import type { IdentityEvent } from '../domain/event.ts';
import { type MandateCommand, mandate } from '../domain/mandate.ts';
import { organization } from '../domain/organization.ts';
import { type PersonDetails, person, personOwner } from '../domain/person.ts';
import { actsFor, agentOf, type Caller, requireAdministrator } from './caller.ts';
import type { Passwords } from './passwords.ts';
import {
  type Directory,
  type KnownClient,
  type KnownMandate,
  type KnownOrganization,
  type KnownPerson,
  loginKey,
} from './views.ts';

export interface RegisterPersonRequest extends Omit<PersonDetails, 'role'> {
  role: string;
  password: string;
}
export type RecordMandateRequest = Omit<Extract<MandateCommand, { type: 'record' }>, 'type' | 'by'>;

/** What identity can do; gRPC and the login pages both call only this and the directory. */
export interface IdentityApp {
  /** @param request.id empty: a new one */
  registerOrganization(caller: Caller, request: { id: string; name: string; kind: string }): Promise<KnownOrganization>;
  /** Throws Failure `duplicate` where the login, or the Patient, has an account already. */
  registerPerson(caller: Caller, request: RegisterPersonRequest): Promise<KnownPerson>;
  /** By services and administrators; a patient may name a delegate for themself. */
  recordMandate(caller: Caller, request: RecordMandateRequest): Promise<KnownMandate>;
  /** By services, administrators, and the patient it is about. Revoking twice is the same. */
  revokeMandate(caller: Caller, id: string): Promise<KnownMandate>;
  registerClient(caller: Caller, request: Omit<RegisterClient, 'type' | 'by'>): Promise<KnownClient>;
}

interface Parts {
  log: SealedStore<IdentityEvent>;
  projector: Projector<IdentityEvent>;
  directory: Directory;
  keyring: Keyring;
  passwords: Passwords;
  ids: Ids;
}

export function identityApp(parts: Parts): IdentityApp {
  const { log, projector, directory, keyring, ids } = parts;

  /** Appends a new stream's events with what they take for themselves, all or nothing. */
  async function register(stream: string, owner: string, events: IdentityEvent[], taken: Taken[]): Promise<void> {
    const reservations = taken.map(({ key }) => ({
      stream: `unique/${key}`,
      expected: 0,
      owner: '',
      events: [{ type: 'Reserved', holder: stream } as const],
    }));
    try {
      await projector.apply(await log.append([{ stream, expected: 0, owner, events }, ...reservations]));
    } catch (error) {
      const lost = error instanceof WrongVersion && taken.find(({ key }) => error.stream === `unique/${key}`);
      throw lost ? new Failure('duplicate', lost.message, { expression: [lost.field] }) : error;
    }
  }

  async function requireOrganization(id: string | undefined): Promise<void> {
    if (!id || (await directory.organization(id))) return;
    throw new Failure('value', 'There is no such organisation: register it first.', { expression: ['organization'] });
  }

  return {
    async registerOrganization(caller, { id: wanted, name, kind }) {
      const id = wanted || ids.uuid();
      const command = {
        type: 'register',
        id,
        name,
        kind,
        by: requireAdministrator(caller, 'Organization', id),
      } as const;
      const { state, recorded } = await handle(log, organization, `organization/${id}`, '', command);
      await projector.apply(recorded);
      return present({ ...state, id });
    },

    async registerPerson(caller, { password, ...details }) {
      const by = requireAdministrator(
        caller,
        details.role === 'patient' ? 'Person' : 'Practitioner',
        details.organization,
      );
      await requireOrganization(details.organization);
      if (await directory.personByLogin(details.login))
        throw new Failure('duplicate', loginTaken, { expression: ['login'] });
      const command = {
        ...details,
        type: 'register',
        password: await parts.passwords.hash(password, details),
        by,
      } as const;
      const id = ids.uuid();
      const events = person.decide(command, person.initial);
      const taken: Taken[] = [{ key: loginKey(keyring, details.login), field: 'login', message: loginTaken }];
      if (details.patient) taken.push(patientAccount(keyring, details.patient));
      await register(`person/${id}`, personOwner(id, details), events, taken);
      return present({ ...events.reduce(person.evolve, person.initial), id });
    },

    async recordMandate(caller, request) {
      const self = request.kind === 'delegate' && actsFor(caller, request.patient);
      const by = self ? agentOf(caller) : requireAdministrator(caller, 'RelatedPerson');
      if (request.subject && !(await directory.person(request.subject))) {
        throw new Failure('value', 'There is no such person.', { expression: ['subject'] });
      }
      const command = { ...request, type: 'record', by } as const;
      return changeMandate(ids.uuid(), request.patient, command);
    },

    async revokeMandate(caller, id) {
      const known = present(await directory.mandate(id), 'There is no such mandate.');
      const by = actsFor(caller, known.patient) ? agentOf(caller) : requireAdministrator(caller, 'RelatedPerson');
      return changeMandate(id, known.patient, { type: 'revoke', by });
    },

    async registerClient(caller, request) {
      const by = requireAdministrator(caller, 'Organization', request.organization);
      await requireOrganization(request.organization);
      const events = client.decide({ ...request, type: 'register', by }, client.initial);
      const id = ids.uuid();
      const key = keyring.mac(`client/${request.name.trim().toLowerCase()}`);
      const message = 'A client with this name is already registered.';
      await register(`client/${id}`, '', events, [{ key, field: 'name', message }]);
      return present({ ...events.reduce(client.evolve, client.initial), id });
    },
  };

  async function changeMandate(id: string, owner: string, command: MandateCommand): Promise<KnownMandate> {
    const { state, recorded } = await handle(log, mandate, `mandate/${id}`, owner, command);
    await projector.apply(recorded);
    return present({ ...state, id });
  }
}

/** Something that only one may have. */
interface Taken {
  key: string;
  field: string;
  message: string;
}

const loginTaken = 'This login is taken: choose another.';

const patientAccount = (keyring: Keyring, patient: string): Taken => ({
  key: keyring.mac(`patient/${patient}`),
  field: 'patient',
  message: 'This Patient has a login already.',
});

function present<T extends object>(
  found: T | undefined,
  otherwise = 'There is no such thing.',
): Exclude<T, { status: 'none' }> {
  if (found && !('status' in found && found.status === 'none')) return found as Exclude<T, { status: 'none' }>;
  throw new Failure('not-found', otherwise);
}
