import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openAs } from '../../kernel/ledger/fabricTesting.ts';
import { auditWorld, engines } from './testing/world.ts';

const head = { contract: 'audit', fn: 'head' } as const;

test('fabric: the log is anchored and linked, and another organisation reads the same head', async (t) => {
  if (!process.env.FABRIC_ORGANIZATIONS) return t.skip('NOT RUN: fabric (npm run test:engines)');
  const [ledger, other] = await Promise.all([openAs('east'), openAs('west')]);
  try {
    if (JSON.parse(await ledger.evaluate({ ...head, args: [] })).batch > 0)
      return t.skip('NOT RUN: fabric whose audit log is empty (npm run test:engines)');
    const world = await auditWorld({ engines: await engines(), ledger });
    try {
      const ids = await world.happened(...Array.from({ length: 300 }, () => ({ patients: ['p-ada'] })));
      await world.anchored(300);
      const { size } = JSON.parse(await other.evaluate({ ...head, args: ['east'] }));
      assert.equal(size, 300);
      assert.equal((await world.proof('ada', ids[299]!)).index, 299);
    } finally {
      await world.stop();
    }
  } finally {
    await Promise.all([ledger.close(), other.close()]);
  }
});
