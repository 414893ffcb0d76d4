import { Failure, type FailureCode } from '../../kernel/errors.ts';
import { type Checkpoint, parseCheckpoint } from '../../kernel/merkle/checkpoint.ts';
import { nameOf, openNote } from '../../kernel/merkle/note.ts';
import { invalid } from './invalid.ts';
import type { LogFiles } from './log.ts';

/** A log that is served over HTTP in the C2SP tlog-tiles layout. */
export interface ServedLog {
  files: LogFiles;
  vkey: string;
  checkpoint: Checkpoint;
}

/** Opens the log's newest checkpoint with its key; without `vkey`, with the one that it serves itself. */
export async function servedLog(address: string, trusted?: string): Promise<ServedLog> {
  const files = filesAt(address.replace(/\/+$/, ''));
  const vkey = trusted ?? (await text(files, 'vkey')).trim();
  const checkpoint = parseCheckpoint(await openNote(await text(files, 'checkpoint'), [vkey]));
  if (checkpoint.origin !== nameOf(vkey)) throw invalid('the checkpoint is of another log');
  return { files, vkey, checkpoint };
}

const text = async (files: LogFiles, path: string) => new TextDecoder().decode(await files.read(path));

function filesAt(address: string): LogFiles {
  return {
    async read(path) {
      const answer = await fetch(`${address}/${path}`);
      if (answer.ok) return new Uint8Array(await answer.arrayBuffer());
      await answer.body?.cancel();
      const code: FailureCode = answer.status === 404 ? 'not-found' : 'unavailable';
      throw new Failure(code, `${address}/${path} was answered with ${answer.status}.`);
    },
  };
}
