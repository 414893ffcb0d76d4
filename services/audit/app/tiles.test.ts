import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeEntries } from '../../../kernel/merkle/entries.ts';
import { sqliteViews } from '../../../kernel/views/sqlite.ts';
import type { BatchSequenced } from '../domain/event.ts';
import { emptyLog, headAfter, type LogHead, nextBatch, sizeAfter } from './batch.ts';
import { readTile, rootInTiles, tileWrites } from './tiles.ts';

const entry = (n: number) => createHash('sha256').update(`entry ${n}`).digest();

/** A log of batches of these sizes. */
function batchesOf(sizes: readonly number[]): { batches: BatchSequenced[]; head: LogHead } {
  const batches: BatchSequenced[] = [];
  let head = emptyLog;
  for (const size of sizes) {
    const entries = Array.from({ length: size }, (_, n) => entry(head.size + n));
    const next = nextBatch(head, entries);
    batches.push(next.batch);
    head = next.head;
  }
  return { batches, head };
}

const splits = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 8 });

test('however a log is split into batches, the tiles give the root that the frontier gives, at every boundary', async () => {
  await fc.assert(
    fc.asyncProperty(splits, async (sizes) => {
      const views = sqliteViews(':memory:');
      const { batches, head } = batchesOf(sizes);
      for (const batch of batches) {
        await views.apply(await tileWrites(views, batch));
        const [tiles, frontier] = [await rootInTiles(views, sizeAfter(batch)), headAfter(batch).root];
        assert.deepEqual(Buffer.from(tiles), Buffer.from(frontier));
      }
      // earlier trees stay readable
      for (const batch of batches)
        assert.deepEqual(Buffer.from(await rootInTiles(views, sizeAfter(batch))).toString('base64'), batch.root);
      assert.deepEqual(Buffer.from(batchesOf([head.size]).head.root), Buffer.from(head.root));
      await views.close();
    }),
    { numRuns: 40 },
  );
});

test('bundles hold the entries in order, and applying a batch again changes nothing', async () => {
  const views = sqliteViews(':memory:');
  const { batches } = batchesOf([100, 300, 7]);
  for (const batch of batches) await views.apply(await tileWrites(views, batch));
  for (const batch of batches) await views.apply(await tileWrites(views, batch));
  const bundle = await readTile(views, { level: 'entries', index: 1, width: 407 - 256 });
  assert.deepEqual(
    decodeEntries(bundle!).map((each) => Buffer.from(each)),
    Array.from({ length: 151 }, (_, n) => entry(256 + n)),
  );
  assert.equal(await readTile(views, { level: 0, index: 1, width: 152 }), undefined);
  await views.close();
});
