import type { Deployment } from '../../../contracts/rules/state.ts';
import type { Ids } from '../../../kernel/clock.ts';
import { WrongVersion } from '../../../kernel/errors.ts';
import type { Recorded, SealedAppend, SealedStore } from '../../../kernel/eventstore/sealed.ts';
import type { Keyring } from '../../../kernel/keys/keyring.ts';
import { lru } from '../../../kernel/keys/lru.ts';
import type { ConsentServiceEvent } from '../domain/event.ts';
import type { PatientEvent, PseudonymChosen } from '../domain/patient.ts';
import { type Folded, fold, unfolded } from './fold.ts';
import { turns } from './inTurn.ts';

export type ConsentLog = SealedStore<ConsentServiceEvent>;
export type ConsentAppend = SealedAppend<ConsentServiceEvent>;

/** What a command comes to: events of the patient, and what must be appended with them or not at all. */
export interface Plan {
  events: PatientEvent[];
  /** @param version of the patient's stream afterwards */
  also?(version: number): ConsentAppend[];
}
export interface Changed {
  folded: Folded;
  /** All that was appended; empty where nothing changed. */
  recorded: Recorded<ConsentServiceEvent>[];
}

/** Each patient's one stream. */
export interface PatientStreams {
  /** The stream's head version, linearizable; 0 where there is no stream. */
  head(patient: string): Promise<number>;
  /** The stream folded up to a head that was read during this call. Throws Failure `deleted` after erasure. */
  current(patient: string): Promise<Folded>;
  /** The stream as it was at an instant, milliseconds since the epoch. */
  asOf(patient: string, at: number): Promise<Folded>;
  /** The stream as it was at one of its versions. */
  upTo(patient: string, version: number): Promise<Folded>;
  /** What the patient's pseudonyms are derived from, 32 bytes; chosen now where it was not. */
  secret(patient: string): Promise<Buffer>;
  /** The event at a version of the stream. */
  event(patient: string, version: number): Promise<Recorded<ConsentServiceEvent> | undefined>;
  /**
   * Decides on the current state and appends, durably; decided anew where a rival was first.
   * @param plan is asked again after each lost race
   */
  change(patient: string, plan: (folded: Folded) => Plan | Promise<Plan>): Promise<Changed>;
}

interface Parts {
  log: ConsentLog;
  keyring: Keyring;
  deployment: Deployment;
  ids: Ids;
}

/** Folded streams kept in memory at most; some 10 kB for a patient with a dozen consents. */
const kept = 2_000;
/** Lost races with other processes before a command gives up. */
const attempts = 8;

export const streamOf = (patient: string): string => `consent/${patient}`;

export function patientStreams({ log, keyring, deployment, ids }: Parts): PatientStreams {
  const cache = lru<Folded>(kept);
  const inTurn = turns();

  async function current(patient: string): Promise<Folded> {
    const head = await log.version(streamOf(patient));
    if (head === 0) return unfolded;
    await keyring.key(patient); // what is in memory is as erased as what is stored
    const known = cache.get(patient);
    if (known?.patient.version === head) return known;
    const before = known && known.patient.version < head ? known : unfolded;
    return advance(patient, before, await log.read(streamOf(patient), { from: before.patient.version + 1 }));
  }

  function advance(patient: string, before: Folded, recorded: Recorded<ConsentServiceEvent>[]): Folded {
    const folded = fold(before, recorded, deployment);
    cache.set(patient, folded);
    return folded;
  }

  async function attempt(patient: string, plan: (folded: Folded) => Plan | Promise<Plan>): Promise<Changed> {
    const before = await current(patient);
    const { events: decided, also } = await plan(before);
    if (decided.length === 0) return { folded: before, recorded: [] };
    const [stream, expected] = [streamOf(patient), before.patient.version];
    const events = expected === 0 ? [pseudonym(), ...decided] : decided;
    const rest = also?.(expected + events.length) ?? [];
    const recorded = await log.append([{ stream, expected, owner: patient, events }, ...rest]);
    const own = recorded.filter((each) => each.stream === stream);
    return { folded: advance(patient, before, own), recorded };
  }

  function pseudonym(): PseudonymChosen {
    return { type: 'PseudonymChosen', secret: Buffer.from(ids.bytes(32)).toString('base64') };
  }

  return {
    head: (patient) => log.version(streamOf(patient)),
    current,
    async asOf(patient, at) {
      const past = await log.read(streamOf(patient));
      const until = past.findLastIndex((recorded) => recorded.at <= at);
      return fold(unfolded, past.slice(0, until + 1), deployment);
    },
    async upTo(patient, version) {
      const folded = await current(patient);
      if (folded.patient.version === version) return folded;
      return fold(unfolded, await log.read(streamOf(patient), { limit: version }), deployment);
    },
    async secret(patient) {
      const [first] = await log.read(streamOf(patient), { limit: 1 });
      if (first) return Buffer.from((first.event as PseudonymChosen).secret, 'base64');
      const chosen = pseudonym();
      try {
        await log.append([{ stream: streamOf(patient), expected: 0, owner: patient, events: [chosen] }]);
        return Buffer.from(chosen.secret, 'base64');
      } catch (error) {
        if (error instanceof WrongVersion) return this.secret(patient);
        throw error;
      }
    },
    event: async (patient, version) => (await log.read(streamOf(patient), { from: version, limit: 1 }))[0],
    change: (patient, plan) =>
      inTurn(patient, async () => {
        for (let lost = 1; ; lost += 1) {
          try {
            return await attempt(patient, plan);
          } catch (error) {
            const rival = error instanceof WrongVersion && error.stream === streamOf(patient);
            if (!rival || lost === attempts) throw error;
          }
        }
      }),
  };
}
