import { asFailure, Failure } from '../../../kernel/errors.ts';
import { failedEntry, readEntry, responseBundle, writtenEntry } from './answers.ts';
import type { Caller } from './caller.ts';
import { isRead, parseEntry, type Requested } from './entries.ts';
import type { Interaction } from './interaction.ts';
import type { Request } from './once.ts';
import type { Write } from './write.ts';

export interface BundleOptions {
  /** The Idempotency-Key, where there is one. */
  key?: string;
  /** Whether the written resources are answered too (Prefer: return=representation). */
  representation: boolean;
}

/** Carries out a batch or transaction bundle and answers the response bundle, as JSON. */
export type CarryOut = (caller: Caller, bundle: unknown, options: BundleOptions) => Promise<string>;

interface Parts {
  write: Write;
  /** Answers a GET below the base. */
  get(caller: Caller, url: string): Promise<string>;
}

/** Entries of a batch that are carried out at a time: they share commits. */
const together = 16;

export function bundles({ write, get }: Parts): CarryOut {
  async function transaction(caller: Caller, requested: Requested[], options: BundleOptions, asked: unknown) {
    const writes = requested.filter((each): each is Interaction => !isRead(each));
    const outcomes = (await write(caller, writes, requestOf(options.key, asked))).values();
    const answers: string[] = [];
    for (const each of requested) {
      // FHIR R4 §3.1.0.11.2: reads come last and see what was written, so one that is refused cannot undo it
      if (isRead(each))
        answers.push(await get(caller, each.url).then(readEntry, (error) => failedEntry(asFailure(error))));
      else answers.push(writtenEntry(outcomes.next().value!, options.representation));
    }
    return answers;
  }

  async function entryOfBatch(caller: Caller, entry: unknown, index: number, options: BundleOptions): Promise<string> {
    try {
      const requested = parseEntry(entry, index);
      if (isRead(requested)) return readEntry(await get(caller, requested.url));
      const key = options.key && `${options.key}/${index}`;
      const [outcome] = await write(caller, [requested], requestOf(key, entry));
      return writtenEntry(outcome!, options.representation);
    } catch (error) {
      return failedEntry(asFailure(error));
    }
  }

  return async (caller, bundle, options) => {
    const { type, entries } = entriesOf(bundle);
    if (type === 'transaction') {
      const requested = entries.map(parseEntry);
      return responseBundle(type, await transaction(caller, requested, options, bundle));
    }
    const answers: string[] = [];
    for (let from = 0; from < entries.length; from += together) {
      const chunk = entries.slice(from, from + together);
      const work = chunk.map((entry, index) => entryOfBatch(caller, entry, from + index, options));
      answers.push(...(await Promise.all(work)));
    }
    return responseBundle(type, answers);
  };
}

const requestOf = (key: string | undefined, asked: unknown): Request | undefined =>
  key === undefined ? undefined : { key, asked };

function entriesOf(bundle: unknown): { type: 'transaction' | 'batch'; entries: unknown[] } {
  const { resourceType, type, entry = [] } = (bundle ?? {}) as Record<string, unknown>;
  if (resourceType !== 'Bundle')
    throw new Failure('structure', 'This takes a Bundle.', { expression: ['Bundle.resourceType'] });
  if (type !== 'transaction' && type !== 'batch')
    throw new Failure('value', 'The Bundle must be of type transaction or batch.', { expression: ['Bundle.type'] });
  if (!Array.isArray(entry)) throw new Failure('structure', 'entry is not a list.', { expression: ['Bundle.entry'] });
  return { type, entries: entry };
}
