import { setTimeout as pause } from 'node:timers/promises';
import { inTracesOf } from '../spans.ts';
import type { Received, SubscribeOptions } from './port.ts';

interface Parts<M extends Received> {
  /** A batch, in order. */
  messages: M[];
  handle: SubscribeOptions['handle'];
  /** First pause before the batch is tried again, milliseconds; doubled each time. */
  retryMs: number;
  /** Ends pauses, and leaves to whoever comes next what has not been handled. */
  stopping: AbortSignal;
  /** Keeps a message that nobody could handle. */
  park(message: M, reason: string): void | Promise<void>;
  /** Everything up to this message is handled or parked. */
  done(message: M): void | Promise<void>;
}

const attempts = 5;

/**
 * Handles a batch as `SubscribeOptions.handle` promises: tries it again, then one by one, and parks what keeps failing.
 * @returns how many messages are done with
 */
export async function handleOrPark<M extends Received>(parts: Parts<M>): Promise<number> {
  const { messages, stopping, park, done } = parts;
  if ((await failureOf(messages, parts)) === undefined) {
    await done(messages.at(-1)!);
    return messages.length;
  }
  for (const [index, message] of messages.entries()) {
    if (stopping.aborted) return index;
    const reason = await failureOf([message], parts);
    if (reason !== undefined && stopping.aborted) return index; // whoever comes next tries this one again
    if (reason !== undefined) await park(message, reason);
    await done(message);
  }
  return messages.length;
}

/** Undefined once the handler resolves; the reason of the last failure where it never does. */
async function failureOf<M extends Received>(messages: M[], parts: Parts<M>): Promise<string | undefined> {
  const { handle, retryMs, stopping } = parts;
  for (let attempt = 1; ; attempt++) {
    try {
      return void (await inTracesOf(messages, () => handle(messages)));
    } catch (error) {
      if (attempt === attempts || stopping.aborted) return error instanceof Error ? error.message : `${error}`;
      await pause(retryMs * 2 ** (attempt - 1), undefined, { signal: stopping }).catch(() => {}); // stopping ends it
    }
  }
}
