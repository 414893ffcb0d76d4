import { type Clock, timedUuid } from '../../../kernel/clock.ts';
import { Failure } from '../../../kernel/errors.ts';
import { lanes } from '../../../kernel/lanes.ts';
import type { AccessRecorded } from '../domain/access.ts';
import type { Append } from './log.ts';

interface Access {
  event: AccessRecorded;
  /** Whose key seals it. */
  owner: string;
}

interface Waiting extends Access {
  resolve(): void;
  reject(error: unknown): void;
}

/** Resolves when the access is durable. */
export type RecordAccess = (access: Access) => Promise<void>;

/** Appends in flight, and accesses of one. */
const [atOnce, largest] = [2, 100];

/** Records accesses: what comes in one moment goes in one append, since each append costs a sync and a place in the order. */
export function accessRecorder(parts: { append: Append; clock: Clock; uuid(): string }): RecordAccess {
  const { append, clock, uuid } = parts;
  const recording = lanes<Waiting>(atOnce, largest, record);

  /**
   * Where the group fails as a whole, each is tried alone: one whose patient was erased takes nobody with it. Where an
   * engine is away it is for all of them: one after the other they would wait for it many times as long.
   */
  async function record(group: Waiting[]): Promise<void> {
    try {
      const stream = `access/${timedUuid(uuid(), clock.now())}`;
      const [events, owner] = [group.map(({ event }) => event), group.map((each) => each.owner)];
      await append([{ stream, expected: 0, owner, events }]);
      for (const { resolve } of group) resolve();
    } catch (error) {
      if (group.length > 1 && !isAway(error)) for (const one of group) await record([one]);
      else for (const { reject } of group) reject(error);
    }
  }

  return (access) => new Promise((resolve, reject) => recording.add({ ...access, resolve, reject }));
}

const isAway = (error: unknown) => error instanceof Failure && ['unavailable', 'timeout'].includes(error.code);
