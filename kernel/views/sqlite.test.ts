import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { viewsConformance } from './conformance.ts';
import { sqliteViews } from './sqlite.ts';

const root = mkdtempSync(join(tmpdir(), 'views-'));
after(() => rmSync(root, { recursive: true }));

viewsConformance('sqlite', () => {
  const file = join(mkdtempSync(join(root, 'v')), 'views.db');
  return { open: async () => sqliteViews(file) };
});

test('writes that cannot be stored fail together, and take nobody with them', async () => {
  const views = sqliteViews(':memory:');
  const put = (id: string, sort = 0) =>
    ({ collection: 'things', id, version: 1, keys: { all: '1' }, sort, body: new Uint8Array(1) }) as const;
  const outcomes = await Promise.allSettled([
    views.apply([put('a')]),
    views.apply([put('b'), put('c', Number.NaN)]), // NaN is NULL to SQLite
    views.apply([put('d')]),
  ]);
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
  const found = await views.find('things', { where: { all: '1' } });
  assert.deepEqual(
    found.map(({ id }) => id),
    ['a', 'd'],
  );
  await views.close();
});
