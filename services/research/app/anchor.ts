import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { digest } from '../../../contracts/opened.ts';
import type { Release } from '../../../contracts/research.ts';
import { Failure } from '../../../kernel/errors.ts';
import type { Recorded } from '../../../kernel/eventstore/sealed.ts';
import type { Committed, Ledger, Transaction } from '../../../kernel/ledger/port.ts';
import type { ResearchEvent } from '../domain/event.ts';
import { releaseOf } from './log.ts';
import { noticeOf } from './notice.ts';

/** What the ledger keeps of a release: its people are in none of the hashes. All hashes are SHA-256, hex. */
export interface ReleaseClaim {
  release: string;
  /** Head that the domain's chain has before any release. */
  domain: string;
  /** Head before and after this release. */
  before: string;
  after: string;
  /** `digestOf` the package's contents. */
  contents: string;
  at: number;
}

export interface LedgerPosition {
  transaction: string;
  block: number;
}

/** Makes releases part of what nobody can tell differently later. */
export interface Anchor {
  /**
   * Anchors the last release of a chain, and before it those that the ledger lacks. Waits for a ledger that is down as
   * long as it takes; anchored before, it changes nothing.
   * @param chain all releases of the domain up to the one in question, the oldest first
   * @param signal ends the wait, with its reason
   * @returns a transaction whose result is the release as the ledger keeps it
   * @throws Failure `business-rule` where the ledger has another chain
   */
  release(chain: readonly ReleaseClaim[], signal: AbortSignal): Promise<LedgerPosition>;
}

const longestPause = 60_000;

/** @param parts.retryMs first pause after the ledger did not answer, milliseconds; it doubles up to a minute */
export function anchor(parts: { ledger: Ledger; logger: Logger; retryMs: number }): Anchor {
  const { ledger, logger, retryMs } = parts;

  async function numberOf(domain: string): Promise<number> {
    try {
      const newest = await ledger.evaluate({ contract: 'research', fn: 'head', args: [domain] });
      return (JSON.parse(newest) as Release).number;
    } catch (error) {
      if (error instanceof Failure && error.code === 'business-rule') return 0;
      throw error;
    }
  }

  async function enter(chain: readonly ReleaseClaim[]): Promise<LedgerPosition> {
    const last = chain.at(-1);
    if (!last) throw new Failure('required', 'There is no release to anchor.');
    const known = await numberOf(last.domain);
    let committed: Committed | undefined;
    for (const claim of chain.slice(Math.min(known, chain.length - 1)))
      committed = await ledger.submit(releaseTransaction(claim));
    const { transactionId: transaction, block } = committed!;
    return { transaction, block };
  }

  return {
    async release(chain, signal) {
      for (let failures = 0; ; failures += 1) {
        signal.throwIfAborted();
        try {
          return await enter(chain);
        } catch (error) {
          if (!isAbsent(error)) throw error;
          const wait = Math.min(retryMs * 2 ** failures, longestPause);
          logger.warn({ err: error, wait }, 'a release waits for the ledger');
          await pause(wait, undefined, { signal }).catch(() => signal.throwIfAborted());
        }
      }
    },
  };
}

const isAbsent = (error: unknown) =>
  error instanceof Failure && (error.code === 'unavailable' || error.code === 'timeout');

/** A release on the ledger, by its id. */
export const ledgerRelease = (release: string): string => digest(release);

export function releaseTransaction({ release, ...claim }: ReleaseClaim): Transaction {
  return transaction('release', { release: ledgerRelease(release), ...claim });
}

/** Events that the research contract keeps something of, later and as often as it takes. */
export const ledgerTypes: readonly string[] = ['RecallIssued', 'DeletionAttested'];

/** What enters such an event in the ledger. */
export function ledgerTransaction({ stream, event }: Recorded<ResearchEvent>): Transaction {
  const id = releaseOf(stream)!;
  const release = ledgerRelease(id);
  if (event.type === 'RecallIssued') {
    const { deadline, at } = event;
    return transaction('recall', { release, notice: digest(noticeOf(id, event)), deadline, at });
  }
  if (event.type !== 'DeletionAttested') throw new Error(`${event.type} is not for the ledger`);
  const { organization, attestation, at } = event;
  return transaction('attest', { release, organization, attestation, at });
}

const transaction = (fn: string, request: object): Transaction => ({
  contract: 'research',
  ...{ fn, args: [JSON.stringify(request)] },
});
