import { readFileSync } from 'node:fs';
import type { Logger } from 'pino';
import { joined, type Span, spanOf } from '../../../cli/verify/batch.ts';
import { verifyLog } from '../../../cli/verify/log.ts';
import { servedLog } from '../../../cli/verify/url.ts';
import { systemClock } from '../../../kernel/clock.ts';
import { readConfig } from '../../../kernel/config.ts';
import { fabricLedger } from '../../../kernel/ledger/fabric.ts';
import { fabricConfig } from '../../../kernel/ledger/fabricConfig.ts';
import type { Ledger } from '../../../kernel/ledger/port.ts';
import { commitmentsOf } from '../../../services/audit/app/batch.ts';
import type { LogEvent } from '../../../services/audit/domain/event.ts';
import type { FaultyPlatform } from '../platform.ts';
import type { Audited } from './audit.ts';

/** Questions to a ledger at once. */
const atOnce = 16;
/** The organisation that the platform is of, and another. */
const [own, other] = ['west', 'east'];

/** The ledgers of both organisations, as each of them reads it. */
export async function bothLedgers({ variables }: FaultyPlatform, log: Logger): Promise<Ledger[]> {
  const organizations = JSON.parse(readFileSync(variables.FABRIC_ORGANIZATIONS!, 'utf8'));
  const open = (name: string) =>
    fabricLedger({ config: readConfig(organizations[name], fabricConfig), clock: systemClock, log });
  return Promise.all([open(own), open(other)]);
}

/** Every batch of the log is anchored in both organisations' ledgers with the root that its entries give, and linked. */
export async function batchesAreAnchored({ stores, ledgers, memory }: Audited): Promise<string[]> {
  const { spans } = memory;
  const known = spans.length;
  for (const { event } of await stores
    .of('audit')
    .log<LogEvent>()
    .read('log', { from: known + 1 }))
    if (event.type === 'BatchSequenced') {
      const frontier = event.frontier.map((hash) => new Uint8Array(Buffer.from(hash, 'base64')));
      spans.push(spanOf({ ...event, frontier, entries: commitmentsOf(event) }, 'the log'));
    }
  joined(spans, spans.length, 'the log');
  const wrong = await Promise.all(ledgers.map((ledger) => anchored(ledger, spans, known)));
  return wrong.flat();
}

async function anchored(ledger: Ledger, spans: readonly Span[], known: number): Promise<string[]> {
  const ask = async (fn: string, ...args: string[]) =>
    JSON.parse(await ledger.evaluate({ contract: 'audit', fn, args: [...args, own] }));
  const wrong: string[] = [];
  const left = spans.slice(known);
  const worker = async () => {
    for (let span = left.pop(); span; span = left.pop()) {
      const { start, size, oldRoot, newRoot } = await ask('batch', `${span.batch}`);
      const same = start === span.start && size === span.size && oldRoot === span.oldRoot && newRoot === span.root;
      if (!same) wrong.push(`batch ${span.batch} on the ledger is another`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  const [head, last] = [await ask('head'), spans.at(-1)];
  const linked =
    last === undefined || (head.batch === last.batch && head.size === last.size && head.root === last.root);
  return linked ? wrong : [...wrong, `the ledger's head is batch ${head.batch}, the log's ${last!.batch}`];
}

/** What the log serves gives the checkpoint's root, and ends where the last batch does. */
export async function logIsWhole({ url, memory }: Audited): Promise<string[]> {
  const { files, checkpoint } = await servedLog(`${url}/log`);
  const { size, root } = checkpoint;
  await verifyLog(files, size, [{ size, root, by: 'the checkpoint' }], () => {});
  const last = memory.spans.at(-1);
  const ends = last?.size === size && Buffer.from(root).toString('base64') === last.root;
  const entries =
    memory.entries.size === size ? [] : [`the log has ${size} entries, opened were ${memory.entries.size}`];
  return ends ? entries : [...entries, `the checkpoint is of ${size} entries, the last batch ends at ${last?.size}`];
}
