import type { Ids } from '../../../kernel/clock.ts';
import { WrongVersion } from '../../../kernel/errors.ts';
import type { Recorded } from '../../../kernel/eventstore/sealed.ts';
import type { Keyring } from '../../../kernel/keys/keyring.ts';
import { lru } from '../../../kernel/keys/lru.ts';
import {
  type Agreement,
  type AgreementCommand,
  type AgreementEvent,
  agreement,
  noAgreement,
} from '../domain/agreement.ts';
import type { ConsentServiceEvent } from '../domain/event.ts';
import { turns } from './inTurn.ts';
import { sharingNotices } from './notices.ts';
import type { ConsentAppend, ConsentLog } from './streams.ts';

export interface Known {
  id: string;
  agreement: Agreement;
}

export interface Changed extends Known {
  /** What was appended; empty where nothing changed. */
  recorded: Recorded<ConsentServiceEvent>[];
}

/** Commands to follow each other. @param state undefined: there is no such agreement */
export type Plan = (state: Agreement | undefined) => readonly AgreementCommand[];

/** Each agreement's stream. */
export interface AgreementStreams {
  /** Throws Failure `not-found`, `deleted`. */
  load(id: string): Promise<Known>;
  find(id: string): Promise<Agreement | undefined>;
  /** What commands come to, and what is told of it, to be appended with something else. */
  append(id: string, state: Agreement | undefined, commands: readonly AgreementCommand[]): ConsentAppend[];
  /** Decides on the current state and appends, durably; decided anew where a rival was first. */
  change(id: string, plan: Plan): Promise<Changed>;
  /** Runs work on one agreement after the other. */
  inTurn<T>(id: string, work: () => Promise<T>): Promise<T>;
}

interface Parts {
  log: ConsentLog;
  keyring: Keyring;
  ids: Ids;
}

const prefix = 'agreement/';
const attempts = 8;
/** Agreements kept in memory at most. */
const kept = 2_000;

/** The id of an agreement by its stream. */
export const idOf = (stream: string): string => stream.slice(prefix.length);

export function agreementStreams({ log, keyring, ids }: Parts): AgreementStreams {
  const cache = lru<Agreement>(kept);
  const inTurn = turns();

  async function find(id: string): Promise<Agreement | undefined> {
    const stream = prefix + id;
    const head = await log.version(stream);
    if (head === 0) return undefined;
    const known = cache.get(id);
    if (known) await keyring.key(known.proposal.patient); // what is in memory is as erased as what is stored
    if (known?.version === head) return known;
    const before = known && known.version < head ? known : agreement.initial;
    const next = await log.read(stream, { from: (before?.version ?? 0) + 1 });
    const found = next.reduce((state, { event }) => agreement.evolve(state, event as AgreementEvent), before);
    if (found) cache.set(id, found);
    return found;
  }

  function append(id: string, state: Agreement | undefined, commands: readonly AgreementCommand[]): ConsentAppend[] {
    const { events, after } = decided(state, commands);
    if (events.length === 0) return [];
    const own = { stream: prefix + id, expected: state?.version ?? 0, owner: after.proposal.patient, events };
    return [own, ...sharingNotices(id, events, after, ids)];
  }

  async function attempt(id: string, plan: Plan): Promise<Changed> {
    const state = await find(id);
    const commands = plan(state);
    const { after } = decided(state, commands);
    const appends = append(id, state, commands);
    return { id, agreement: after, recorded: appends.length > 0 ? await log.append(appends) : [] };
  }

  return {
    find,
    append,
    inTurn,
    async load(id) {
      const found = await find(id);
      if (!found) throw noAgreement();
      return { id, agreement: found };
    },
    async change(id, plan) {
      for (let lost = 1; ; lost += 1) {
        try {
          return await attempt(id, plan);
        } catch (error) {
          if (!(error instanceof WrongVersion) || lost === attempts) throw error;
        }
      }
    },
  };
}

/** The events of commands that follow each other, and what they come to. */
function decided(state: Agreement | undefined, commands: readonly AgreementCommand[]) {
  const events: AgreementEvent[] = [];
  let after = state;
  for (const command of commands) {
    const decided = agreement.decide(command, after);
    after = decided.reduce(agreement.evolve, after);
    events.push(...decided);
  }
  if (!after) throw noAgreement();
  return { events, after };
}
