import { Failure } from '../../../kernel/errors.ts';
import type { SealedAppend } from '../../../kernel/eventstore/sealed.ts';
import type { Keyring } from '../../../kernel/keys/keyring.ts';
import type { LogEvent, SequencedEntry } from '../domain/event.ts';
import { type Arrival, ownersOf } from './intake.ts';
import { inSlices } from './slices.ts';

/** An arrival with the salt of its commitment. */
export interface Salted {
  arrival: Arrival;
  salt: Uint8Array;
}

/**
 * The entries of a batch as one append for each owner whose key stands. Of an erased patient nothing is left but the
 * commitment.
 */
export async function groupAppends(
  salted: Salted[],
  batch: number,
  keyring: Keyring,
): Promise<SealedAppend<LogEvent>[]> {
  const groups = await groupNumbers(salted, keyring);
  const appends = [...groups].map(([owner, group]) => {
    const entries: SequencedEntry[] = [];
    const events: LogEvent[] = [{ type: 'EntriesSequenced', entries }];
    return { entries, append: { stream: `entries/${batch}/${group}`, expected: 0, owner, events } };
  });
  await inSlices(salted, ({ arrival, salt }, at) => {
    const numbers = ownersOf(arrival)
      .map((owner) => groups.get(owner))
      .filter((group) => group !== undefined);
    const { event, detail, ...facts } = arrival;
    const content = { event: base64(event), salt: base64(salt), detail: base64(detail) };
    for (const group of numbers) appends[group]!.entries.push({ ...facts, batch, at, groups: numbers, ...content });
  });
  return appends.map(({ append }) => append);
}

/** A number for each owner, from 0 in the order that they first appear. */
async function groupNumbers(salted: Salted[], keyring: Keyring): Promise<Map<string, number>> {
  const owners = new Set(salted.flatMap(({ arrival }) => ownersOf(arrival)));
  const numbers = new Map<string, number>();
  for (const owner of owners) if (await stands(owner, keyring)) numbers.set(owner, numbers.size);
  return numbers;
}

async function stands(owner: string, keyring: Keyring): Promise<boolean> {
  try {
    await keyring.ensure(owner);
    return true;
  } catch (error) {
    if (error instanceof Failure && error.code === 'deleted') return false;
    throw error;
  }
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
