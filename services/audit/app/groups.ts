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

/** Groups of one append: each costs a place in the store's order, and a document has a largest size. */
const perAppend = 64;

/** Where a group of a batch is. */
export function placeOfGroup(batch: number, group: number): { stream: string; version: number } {
  return { stream: `entries/${batch}/${Math.floor(group / perAppend)}`, version: 1 + (group % perAppend) };
}

/**
 * The entries of a batch, in a group for each owner whose key stands. Of an erased patient nothing is left but the
 * commitment.
 */
export async function groupAppends(
  salted: Salted[],
  batch: number,
  keyring: Keyring,
): Promise<SealedAppend<LogEvent>[]> {
  const groups = await groupNumbers(salted, keyring);
  const contents: SequencedEntry[][] = Array.from(groups, () => []);
  await inSlices(salted, ({ arrival, salt }, at) => {
    const numbers = ownersOf(arrival)
      .map((owner) => groups.get(owner))
      .filter((group) => group !== undefined);
    const { event, detail, ...facts } = arrival;
    const content = { event: base64(event), salt: base64(salt), detail: base64(detail) };
    for (const group of numbers) contents[group]!.push({ ...facts, batch, at, groups: numbers, ...content });
  });
  return appends(batch, [...groups.keys()], contents);
}

function appends(batch: number, owners: string[], contents: SequencedEntry[][]): SealedAppend<LogEvent>[] {
  return Array.from({ length: Math.ceil(owners.length / perAppend) }, (_, index) => {
    const [from, to] = [index * perAppend, (index + 1) * perAppend];
    const events = contents.slice(from, to).map((entries): LogEvent => ({ type: 'EntriesSequenced', entries }));
    return { stream: placeOfGroup(batch, from).stream, expected: 0, owner: owners.slice(from, to), events };
  });
}

/** A number for each owner, from 0 in the order that they first appear. */
async function groupNumbers(salted: Salted[], keyring: Keyring): Promise<Map<string, number>> {
  const owners = [...new Set(salted.flatMap(({ arrival }) => ownersOf(arrival)))];
  const standing = await Promise.all(owners.map((owner) => stands(owner, keyring)));
  return new Map(owners.filter((_, index) => standing[index]).map((owner, number) => [owner, number]));
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
