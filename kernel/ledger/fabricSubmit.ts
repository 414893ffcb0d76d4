import { setTimeout as pause } from 'node:timers/promises';
import { StatusCode } from '@hyperledger/fabric-gateway';
import { transactionName } from '../../contracts/fabric/version.ts';
import type { Clock } from '../clock.ts';
import type { FabricConnection } from './fabricConnection.ts';
import { BehindUs, InvalidTransaction, type Meaning, meaningOf } from './fabricErrors.ts';
import type { Gateways } from './fabricGateways.ts';
import type { Committed, Transaction } from './port.ts';

interface Parts {
  gateways: Gateways<FabricConnection>;
  clock: Clock;
  /** How long all tries together may take, milliseconds. */
  patience: number;
}

export interface Submitter {
  submit(transaction: Transaction): Promise<Committed>;
  evaluate(transaction: Transaction): Promise<string>;
  height(): Promise<number>;
}

type Retriable = Meaning & { kind: 'again' };

/** First pauses between tries, milliseconds; they double up to the longest. */
const [soonest, later, longest] = [10, 100, 1_000];

/**
 * Submits in three steps: endorse, hand over, wait for the commit. Whatever the outcome of a try that failed, the same
 * transaction is endorsed anew and submitted again: contracts keep what they wrote under keys that the arguments
 * determine, so that of several tries one takes effect and all return the same.
 */
export function submitter({ gateways, clock, patience }: Parts): Submitter {
  /** The newest block that a transaction of ours is in, and how far each connection's peer is known to be. */
  let newest = -1;
  const heights = new WeakMap<FabricConnection, number>();

  async function once(connection: FabricConnection, { contract, fn, args, transient }: Transaction) {
    const name = transactionName(contract, fn);
    const options = { arguments: args, ...(transient && { transientData: transient }) };
    const endorsed = await connection.contract.newProposal(name, options).endorse();
    const submitted = await endorsed.submit();
    const { successful, code, blockNumber, transactionId } = await submitted.getStatus();
    if (!successful) throw new InvalidTransaction(nameOf(code));
    const block = Number(blockNumber);
    newest = Math.max(newest, block);
    heights.set(connection, Math.max(heights.get(connection) ?? -1, block));
    return { transactionId, block, result: text(endorsed.getResult()) };
  }

  /** We read what we wrote, also where another gateway answers than the one that committed it. */
  async function heightOf(connection: FabricConnection): Promise<number> {
    const height = await connection.height();
    if (height < newest) throw new BehindUs();
    heights.set(connection, height);
    return height;
  }

  async function read(connection: FabricConnection, { contract, fn, args, transient }: Transaction) {
    if ((heights.get(connection) ?? -1) < newest) await heightOf(connection);
    const options = { arguments: args, ...(transient && { transientData: transient }) };
    return text(await connection.contract.evaluate(transactionName(contract, fn, true), options));
  }

  /** Whether a peer of one of the organisations has not seen what we committed. */
  async function isBehind(organizations: string[]): Promise<boolean> {
    const asked = organizations.map((mspId) => gateways.use((connection) => connection.height(mspId || undefined)));
    const answers = await Promise.allSettled(asked);
    return answers.some((answer) => answer.status === 'rejected' || answer.value < newest);
  }

  async function untilDone<T>(attempt: (connection: FabricConnection) => Promise<T>): Promise<T> {
    const deadline = clock.now() + patience;
    const abreast = new Set<string>();
    for (let tries = 0; ; tries++) {
      try {
        return await gateways.use(attempt);
      } catch (error) {
        const { failure, soon } = await retriable(error, abreast);
        const wait = Math.min((soon ? soonest : later) * 2 ** tries, longest);
        if (clock.now() + wait > deadline) throw failure;
        await pause(wait);
      }
    }
  }

  /**
   * How to try again after an error. Throws its `Failure` where that is of no use: for a refusal, once the peers that
   * refuse were seen to have all that we committed, before they were asked.
   * @param abreast organisations whose peers were; added to
   */
  async function retriable(error: unknown, abreast: Set<string>): Promise<Retriable> {
    const meaning = meaningOf(error);
    if (meaning.kind === 'again') return meaning;
    if (meaning.kind === 'final' || newest < 0 || meaning.by.every((mspId) => abreast.has(mspId)))
      throw meaning.failure;
    if (!(await isBehind(meaning.by))) for (const mspId of meaning.by) abreast.add(mspId);
    return meaningOf(new BehindUs()) as Retriable;
  }

  return {
    submit: (transaction) => untilDone((connection) => once(connection, transaction)),
    evaluate: (transaction) => untilDone((connection) => read(connection, transaction)),
    height: () => untilDone(heightOf),
  };
}

const nameOf = (code: number) => Object.entries(StatusCode).find(([, value]) => value === code)?.[0] ?? `${code}`;
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();
