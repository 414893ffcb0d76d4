import { setImmediate as breathe, setTimeout as pause } from 'node:timers/promises';
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { Logger } from 'pino';
import { AuditDetailSchema, type EventType, PublicEventSchema } from '../../proto/gen/healthchain/event/v1/event_pb.ts';
import { bell } from '../bell.ts';
import type { EventStore } from '../eventstore/port.ts';
import type { Recorded, SealedStore } from '../eventstore/sealed.ts';
import type { DetailSealer } from '../keys/detail.ts';
import type { Keyring } from '../keys/keyring.ts';
import type { Lease } from '../lease.ts';
import type { Bus, BusMessage, ServiceName } from './port.ts';

/** What a service says publicly of one of its events; the detail is sealed to the audit service. */
export interface Publication {
  type: EventType;
  detail: MessageInitShape<typeof AuditDetailSchema>;
}

export interface Relay {
  start(): void;
  /** Finishes the send in hand. */
  stop(): Promise<void>;
  /** Commits that are not on the bus yet. */
  lag(): Promise<number>;
}

const page = 500;
/** Looks again after so many milliseconds, since a wake-up may never come. */
const idle = 1000;
/**
 * What is appended within so many milliseconds goes together: a sync on the bus costs more than the wait, and whoever
 * waits for the answer to what was appended comes first.
 */
export const linger = 25;
/** Commits opened in one event-loop turn. */
const slice = 50;
const cursor = 'relay';

/**
 * Sequenced commits → `publish` → bus, one batched send in flight; then the position is saved, while this process has the
 * lease. At least once: an event sent again has the same id, also by a process that was paused and went on too long.
 * Where the bus is down it waits and tries again; nothing is skipped.
 */
export function relay<E>(parts: {
  service: ServiceName;
  store: EventStore;
  log: SealedStore<E>;
  bus: Bus;
  keyring: Keyring;
  sealDetail: DetailSealer;
  publish(recorded: Recorded<E>): Publication | undefined;
  lease: Pick<Lease, 'held' | 'onChange'>;
  logger: Logger;
}): Relay {
  const { service, store, log, bus, keyring, sealDetail, publish, lease, logger } = parts;
  const stopping = new AbortController();
  const wake = bell();
  let finished = Promise.resolve();

  /** @returns how many commits are done with */
  async function sendNext(): Promise<number> {
    const position = await store.cursor(cursor);
    const commits = await store.readAll(position, page);
    if (commits.length === 0) return 0;
    const messages: BusMessage[] = [];
    for (const [index, commit] of commits.entries()) {
      if (index % slice === slice - 1) await breathe();
      for (const recorded of await log.open(commit)) {
        const publication = publish(recorded);
        if (publication) messages.push(message(recorded, publication));
      }
    }
    if (messages.length > 0) await bus.send(`healthchain.${service}.v1`, messages);
    await store.saveCursor(cursor, commits.at(-1)!.position);
    return commits.length;
  }

  function message({ id, stream, at, trace }: Recorded<E>, { type, detail }: Publication): BusMessage {
    const streamKey = keyring.mac(stream);
    const sealed = sealDetail(id, toBinary(AuditDetailSchema, create(AuditDetailSchema, detail)));
    const event = { id, type, occurredAt: timestampFromMs(at), source: service, streamKey, detail: sealed };
    const headers = {
      'ce-id': id,
      'ce-source': service,
      'ce-type': `healthchain.event.v1.${type}`,
      'ce-specversion': '1.0',
      ...(trace && { traceparent: trace }),
    };
    return { id, key: streamKey, headers, value: toBinary(PublicEventSchema, create(PublicEventSchema, event)) };
  }

  async function run(): Promise<void> {
    for (let failures = 0; !stopping.signal.aborted; ) {
      try {
        const sent = lease.held() ? await sendNext() : 0;
        if (sent === 0) await wake.heard(idle);
        if (sent < page) await rest(linger);
        failures = 0;
      } catch (error) {
        logger.warn({ err: error, service }, 'relay: the bus did not take the events; trying again');
        await rest(Math.min(5000, 100 * 2 ** failures++));
      }
    }
  }

  /** A pause that stopping ends. */
  const rest = (milliseconds: number) =>
    pause(milliseconds, undefined, { signal: stopping.signal }).catch(() => {}) as Promise<void>;

  let forget = (): void => {};
  return {
    start() {
      forget = store.onAppend(wake.ring);
      lease.onChange(wake.ring);
      finished = run();
    },
    async stop() {
      stopping.abort();
      forget();
      wake.ring();
      await finished;
    },
    lag: async () => (await store.readAll(await store.cursor(cursor), 10 * page)).length,
  };
}
