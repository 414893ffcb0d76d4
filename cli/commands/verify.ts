import { readFile, stat } from 'node:fs/promises';
import { Failure } from '../../kernel/errors.ts';
import type { Command, Invocation } from '../command.ts';
import { progressBar } from '../progress.ts';
import { verifyFolder } from '../verify/folder.ts';
import { verifyLog } from '../verify/log.ts';
import { verifyProofFile } from '../verify/proof.ts';
import { servedLog } from '../verify/url.ts';

/** What was verified: what `--json` prints, the same as lines for people, and whose key it rests on. */
interface Verified {
  facts: Record<string, unknown>;
  lines: string[];
  vkey: string | undefined;
}

const command: Command = {
  name: 'verify',
  summary: 'Verifies a proof file, a log by its address, or a data folder, with the log’s key alone.',
  usage: 'verify <proof file | log url | data folder> [--vkey "name+id+key"]',
  takes: 'a proof file, the address of a log, or a data folder',
  options: { vkey: { type: 'string', doc: 'the log’s verifier key, as its operator published it' } },
  async run(invocation) {
    const { argument, values, json, out, err } = invocation;
    const trusted = values.vkey as string | undefined;
    const { facts, lines, vkey } = await verify(argument, trusted, invocation);
    if (json) out(JSON.stringify({ valid: true, ...facts, vkey, vkeyTrusted: trusted !== undefined }));
    else for (const line of [...lines, 'valid']) out(line);
    if (vkey && !trusted) err(`Signed by ${vkey}: compare this key with the one you know, or give that with --vkey.`);
    return 0;
  },
};
export default command;

async function verify(argument: string, vkey: string | undefined, invocation: Invocation): Promise<Verified> {
  if (/^https?:\/\//.test(argument)) return verifyServed(argument, vkey, invocation);
  const found = await stat(argument).catch(() => undefined);
  if (!found) throw new Failure('not-found', `There is no file or folder "${argument}".`);
  return found.isDirectory() ? verifyData(argument, vkey, invocation) : verifyProof(argument, vkey);
}

async function verifyProof(file: string, trusted: string | undefined): Promise<Verified> {
  const proven = await verifyProofFile(parsed(await readFile(file, 'utf8'), file), { vkey: trusted });
  const { event, origin, index, ledger, vkey } = proven;
  const { size, batch, block, transaction } = ledger;
  return {
    facts: { kind: 'proof', ...proven },
    lines: [
      `event ${event.id}: ${event.type} of ${event.source} at ${event.occurredAt}`,
      `is entry ${index} of ${size} in the log ${origin}`,
      `anchored as batch ${batch} in block ${block} of the ledger, transaction ${transaction}`,
    ],
    vkey,
  };
}

function parsed(json: string, file: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new Failure('structure', `"${file}" is not JSON.`, { cause });
  }
}

async function verifyServed(address: string, trusted: string | undefined, { json }: Invocation): Promise<Verified> {
  const { files, vkey, checkpoint } = await servedLog(address, trusted);
  const { origin, size, root } = checkpoint;
  const found = await withBar(size, json, (advance) =>
    verifyLog(files, size, [{ size, root, by: 'the checkpoint' }], advance),
  );
  return {
    facts: { kind: 'log', origin, ...found, root: Buffer.from(root).toString('base64') },
    lines: [`log ${origin}: ${found.entries} entries and ${found.tiles} tiles give the checkpoint's root`],
    vkey,
  };
}

async function verifyData(folder: string, trusted: string | undefined, { json }: Invocation): Promise<Verified> {
  const found = await verifyFolder(folder, trusted, (size, work) => withBar(size, json, work));
  const { ledger, log, sealed } = found;
  return {
    facts: { kind: 'folder', ...found },
    lines: [
      `ledger: ${ledger.blocks} blocks, ${ledger.transactions} transactions, head ${ledger.head}`,
      `log ${log.origin ?? 'without a checkpoint'}: ${log.sequenced} entries, ${log.integrated} of them in ${log.tiles} tiles`,
      `published: ${log.published} entries, ${log.checkpoints} checkpoints`,
      `anchored: ${log.anchored} entries, ${log.batches} batches`,
      sealed
        ? `opened: ${sealed.entries} entries are what the log commits to; ${sealed.erased} events are erased`
        : 'not opened: what the entries commit to (no key file, or a running platform holds it)',
    ],
    vkey: log.vkey,
  };
}

async function withBar<T>(total: number, quiet: boolean, work: (advance: (steps: number) => void) => Promise<T>) {
  const bar = progressBar(total, '{bar} {value}/{total} entries, {eta_formatted} left', quiet);
  try {
    return await work(bar.advance);
  } finally {
    bar.stop();
  }
}
