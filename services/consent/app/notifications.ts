import type { Actor } from '../../../kernel/auth/actor.ts';
import type { Clock } from '../../../kernel/clock.ts';
import { Failure, WrongVersion } from '../../../kernel/errors.ts';
import type { Recorded } from '../../../kernel/eventstore/sealed.ts';
import { undefinedWhereErased } from '../../../kernel/keys/erased.ts';
import type { Views, ViewWrite } from '../../../kernel/views/port.ts';
import type { Projection, Projector } from '../../../kernel/views/projection.ts';
import type { ConsentServiceEvent } from '../domain/event.ts';
import {
  type Notification,
  type NotificationEvent,
  noticeWords,
  notification,
  type Recipient,
} from '../domain/notification.ts';
import { actorOf, actsFor, agentOf, type Caller, type Mandates, requireActingFor } from './caller.ts';
import { type Directory, namesOf } from './directory.ts';
import { notificationStream } from './notices.ts';
import type { Reading } from './reading.ts';
import type { ConsentLog } from './streams.ts';

export type KnownNotification = Notification & { id: string; at: number; text: string };
type Loaded = Omit<KnownNotification, 'text'>;

/** What somebody was told: patients and who acts for them, and the privacy officers of an organisation. */
export interface Notifications {
  /** Newest first, at most so many; a privacy officer's look at them is recorded. @param asked.patient empty: one's own */
  list(caller: Caller, asked: { patient: string; unread: boolean }): Promise<KnownNotification[]>;
  /** By one of those to whom it was sent. Throws Failure `not-found` for everybody else. */
  markRead(caller: Caller, id: string): Promise<KnownNotification>;
}

interface Parts {
  log: ConsentLog;
  views: Views;
  projector: Projector<ConsentServiceEvent>;
  reading: Reading;
  directory: Directory;
  mandates: Mandates;
  clock: Clock;
}

const collection = 'notifications';
const most = 500;

export function notifications({ log, views, projector, reading, directory, mandates, clock }: Parts): Notifications {
  async function load(id: string): Promise<Loaded | undefined> {
    const past = await log.read(notificationStream(id)).catch(undefinedWhereErased);
    const state = past && stateOf(past);
    return state && { ...state, id, at: past[0]!.at };
  }

  async function told(all: readonly Loaded[]): Promise<KnownNotification[]> {
    const named = all.flatMap(({ notice }) =>
      Object.entries(notice).flatMap(([key, id]) => (isNamed(key) ? [String(id)] : [])),
    );
    const nameOf = await namesOf(directory, named);
    return all.map((each) => ({ ...each, text: noticeWords(each.notice, each.to, nameOf) }));
  }

  async function isFor({ to }: Notification, actor: Actor): Promise<boolean> {
    if ('organization' in to) return officeOf(actor) === to.organization;
    return actsFor(actor, to.patient, mandates);
  }

  return {
    async list(caller, { patient, unread }) {
      const office = officeOf(actorOf(caller));
      const to = office ? { organization: office } : { patient: await requireActingFor(caller, patient, mandates) };
      const where = { to: keyOf(to), ...(unread && { read: 'no' }) };
      const documents = await views.find(collection, { where, limit: most, descending: true });
      const found = (await Promise.all(documents.map(({ id }) => load(id)))).filter((each) => each !== undefined);
      const seen = found.filter((each) => !patient || each.patient === patient);
      if (office)
        await reading.recordBreakGlass(
          caller,
          seen.map(({ patient: of }) => of),
          'notifications',
        );
      return told(seen);
    },
    async markRead(caller, id) {
      const known = await load(id);
      if (!known || !(await isFor(known, actorOf(caller))))
        throw new Failure('not-found', 'There is no such notification, or it is not for you.');
      const command = { by: agentOf(caller), at: clock.now() };
      const append = { stream: notificationStream(id), expected: 1, owner: known.patient };
      const events = notification.decide(command, known);
      if (events.length > 0) await log.append([{ ...append, events }]).then(projector.apply, unlessReadMeanwhile);
      const [read] = await told([(await load(id))!]);
      return read!;
    },
  };
}

/** Members of a notice that hold ids of people and organisations. */
const isNamed = (key: string): boolean => key === 'clinician' || key === 'organization';

/** The organisation whose privacy officer this is. */
const officeOf = ({ role, organization }: Actor) => (role === 'privacy-officer' ? organization : undefined);

const stateOf = (past: readonly Recorded<ConsentServiceEvent>[]): Notification | undefined =>
  past.reduce((state, { event }) => notification.evolve(state, event as NotificationEvent), notification.initial);

const keyOf = (to: Recipient): string =>
  'patient' in to ? `patient/${to.patient}` : `organization/${to.organization}`;

/** Where the notifications of each recipient are; what they say stands in their streams alone. */
export function notificationProjection(log: ConsentLog): Projection<ConsentServiceEvent> {
  return {
    collections: [collection],
    async apply({ stream, event }): Promise<ViewWrite[]> {
      if (event.type !== 'Notified' && event.type !== 'NotificationRead') return [];
      const past = await log.read(stream).catch(undefinedWhereErased);
      const state = past && stateOf(past);
      if (!state) return [];
      const keys = { to: keyOf(state.to), read: state.read ? 'yes' : 'no' };
      const id = stream.slice(notificationStream('').length);
      return [{ collection, id, version: past.length, keys, sort: past[0]!.at, body: new Uint8Array() }];
    },
  };
}

function unlessReadMeanwhile(error: unknown): void {
  if (!(error instanceof WrongVersion)) throw error;
}
