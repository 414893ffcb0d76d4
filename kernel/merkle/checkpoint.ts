import { Failure } from '../errors.ts';
import { decodeBase64, encodeBase64 } from './base64.ts';
import { hashLength } from './hash.ts';

/** What a log says of itself when it is signed: the text of a C2SP tlog-checkpoint (https://c2sp.org/tlog-checkpoint). */
export interface Checkpoint {
  /** The log's name, one line. */
  origin: string;
  /** Leaves of its tree. */
  size: number;
  root: Uint8Array;
}

/** The note text: origin, size and root, each on a line. */
export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${encodeBase64(root)}\n`;
}

/**
 * Reads a note's text; extension lines are allowed and left out.
 * @throws Failure `structure` where it is no checkpoint
 */
export function parseCheckpoint(text: string): Checkpoint {
  const [origin, size = '', hash = '', ...rest] = text.split('\n');
  const root = decodeBase64(hash);
  const extensions = rest.slice(0, -1);
  const formed = origin && /^(0|[1-9]\d*)$/.test(size) && Number.isSafeInteger(Number(size)) && rest.at(-1) === '';
  if (!formed || root?.length !== hashLength || extensions.includes(''))
    throw new Failure('structure', 'The note is not a checkpoint.');
  return { origin, size: Number(size), root };
}
