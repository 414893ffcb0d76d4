import type { Ids } from '../../../kernel/clock.ts';
import type { SealedStore } from '../../../kernel/eventstore/sealed.ts';
import type { Keyring } from '../../../kernel/keys/keyring.ts';
import type { Projector } from '../../../kernel/views/projection.ts';
import type { IdentityEvent } from '../domain/event.ts';
import type { UserAuthenticated } from '../domain/login.ts';
import { personOwner } from '../domain/person.ts';
import type { Attempts } from './attempts.ts';
import type { Passwords } from './passwords.ts';
import { type Directory, type KnownPerson, loginKey } from './views.ts';

export interface LoginRequest {
  login: string;
  password: string;
  client: string;
  /** Network address that it comes from. */
  address: string;
}
export type LoginResult =
  | { outcome: 'success'; person: KnownPerson }
  | { outcome: 'refused' }
  /** `wait`: seconds until the next try is looked at. */
  | { outcome: 'throttled'; wait: number };

export interface Logins {
  /** Checks a login; success and refusal are recorded durably before it resolves, an attempt that is not looked at is not. */
  logIn(request: LoginRequest): Promise<LoginResult>;
  /** Records that a system authenticated by its key. */
  systemLoggedIn(system: { client: string; organization: string; address: string }): Promise<void>;
  /** The person of an earlier login, unless they may log in no more. */
  account(id: string): Promise<KnownPerson | undefined>;
}

/** Whose key seals what is known of logins by nobody that we know. */
const nobody = 'logins';

export function logins(parts: {
  log: SealedStore<IdentityEvent>;
  projector: Projector<IdentityEvent>;
  directory: Directory;
  keyring: Keyring;
  passwords: Passwords;
  attempts: Attempts;
  ids: Ids;
  /** Demo accounts are refused: everybody knows their password. */
  production: boolean;
}): Logins {
  const { log, directory, attempts } = parts;
  const mayLogIn = (person: KnownPerson) => !(person.demo && parts.production);

  async function record(owner: string, event: Omit<UserAuthenticated, 'type'>): Promise<void> {
    const stream = `login/${parts.ids.uuid()}`;
    const events = [{ type: 'UserAuthenticated', ...event } as const];
    await parts.projector.apply(await log.append([{ stream, expected: 0, owner, events }]));
  }

  async function refused(person: KnownPerson | undefined, request: LoginRequest, reason: string): Promise<LoginResult> {
    await recordFor(person, request, { outcome: 'refused', reason });
    return { outcome: 'refused' };
  }

  function recordFor(
    person: KnownPerson | undefined,
    { client, address }: LoginRequest,
    result: Pick<UserAuthenticated, 'outcome' | 'reason'>,
  ): Promise<void> {
    if (!person) return record(nobody, { ...result, client, address });
    const { id: subject, role, organization, patient } = person;
    const who = { subject, role, ...(organization && { organization }), ...(patient && { patient }) };
    return record(personOwner(subject, person), { ...result, ...who, client, address });
  }

  return {
    async logIn(request) {
      const key = loginKey(parts.keyring, request.login);
      const wait = attempts.begin(key, request.address);
      if (wait > 0) return { outcome: 'throttled', wait: Math.ceil(wait / 1000) };
      const person = await directory.personByLogin(request.login);
      const right = await parts.passwords.verify(request.password, person?.password);
      if (!person) return refused(undefined, request, 'nobody is registered under this login');
      if (!right) return refused(person, request, 'wrong password');
      if (!mayLogIn(person)) return refused(person, request, 'demo accounts are refused in production');
      attempts.succeeded(key, request.address);
      await recordFor(person, request, { outcome: 'success' });
      return { outcome: 'success', person };
    },
    systemLoggedIn: ({ client, organization, address }) =>
      record(nobody, { outcome: 'success', subject: client, role: 'system', organization, client, address }),
    async account(id) {
      const person = await directory.person(id);
      return person && mayLogIn(person) ? person : undefined;
    },
  };
}
