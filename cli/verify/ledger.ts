import { type Executed, parseBlock } from '../../kernel/ledger/block.ts';
import { type Chain, verifyChain } from '../../kernel/ledger/chain.ts';
import { decodeBase64 } from '../../kernel/merkle/base64.ts';
import { openReadOnly, readOnlyLocation } from '../readOnly.ts';
import { joined, type Span, spanOf } from './batch.ts';
import { invalid } from './invalid.ts';

/** A batch as the audit contract anchored it; where it was submitted again, in more than one transaction. */
export interface Anchor extends Span {
  transactions: { transaction: string; block: number }[];
}

export interface LedgerContent {
  chain: Chain;
  /** By number of the batch. */
  anchors: Map<number, Anchor>;
  /** Number of the newest batch that is linked to all before it. */
  linked: number;
  /** Every log that was registered, under each key it had. */
  logs: { origin: string; vkey: string }[];
}

/**
 * Verifies an embedded ledger's file: the chain of blocks, every anchor's roots from its own entries, and that the
 * linked batches join without a gap. An embedded ledger has one organisation, so one log.
 * @throws Failure `invalid` that says where the first difference is
 */
export function verifyLedger(file: string): LedgerContent {
  const chain = verifyChain(readOnlyLocation(file));
  if (!chain.valid) throw invalid(`block ${chain.block ?? 'state'} of the ledger: ${chain.problem}`);
  const content: LedgerContent = { chain, anchors: new Map(), linked: 0, logs: [] };
  const db = openReadOnly(file);
  try {
    const stored = db.prepare('SELECT bytes FROM blocks WHERE number < ? ORDER BY number');
    for (const { bytes } of stored.iterate(chain.blocks)) {
      const { number, transactions } = parseBlock(bytes as Uint8Array);
      for (const transaction of transactions) take(transaction, number, content);
    }
  } finally {
    db.close();
  }
  const { anchors, linked } = content;
  const inOrder = [...anchors.values()].sort((a, b) => a.batch - b.batch).slice(0, linked);
  joined(inOrder, linked, 'the ledger');
  return content;
}

function take({ id, contract, fn, args, result }: Executed, block: number, content: LedgerContent): void {
  if (contract === 'registry' && fn === 'registerLog') content.logs.push(JSON.parse(result));
  if (contract === 'audit' && fn === 'link') content.linked = JSON.parse(result).batch;
  if (contract === 'audit' && fn === 'anchor') takeAnchor(args[0]!, { transaction: id, block }, content);
}

function takeAnchor(request: string, position: Anchor['transactions'][number], { anchors }: LedgerContent): void {
  const { batch, start, entries, frontier, newRoot } = JSON.parse(request);
  const span = spanOf(
    { batch, start, entries: entries.map(bytesOf), frontier: frontier.map(bytesOf), root: newRoot },
    'the ledger',
  );
  const before = anchors.get(batch);
  if (before && before.root !== span.root) throw invalid(`the ledger has two batches ${batch}`);
  anchors.set(batch, { ...span, transactions: [...(before?.transactions ?? []), position] });
}

const bytesOf = (base64: string): Uint8Array => decodeBase64(base64) ?? new Uint8Array();
