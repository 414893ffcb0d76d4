import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { embeddedPlatform } from '../../test/platform.ts';
import { cli } from '../testing.ts';

interface Rebuilt {
  service: string;
  collection: string;
  before: number;
  after: number;
  same: boolean;
}

test('views are rebuilt from the events, lost ones too, once the platform is stopped', async () => {
  const platform = await embeddedPlatform({ demo: true });
  try {
    const { folder } = platform;
    const busy = await cli('rebuild', '--data', folder);
    assert.equal(busy.code, 1);
    assert.match(busy.err, /^unavailable: /);

    await platform.stop();
    const first: Rebuilt[] = JSON.parse((await cli('rebuild', '--data', folder, '--json')).out);
    const counts = (rebuilt: Rebuilt[]) =>
      rebuilt.map(({ service, collection, after }) => [service, collection, after]);
    for (const { service, collection, before, after } of first) assert.equal(after, before, `${service} ${collection}`);
    for (const service of ['identity', 'records', 'audit']) assert(first.some((each) => each.service === service));

    const views = new DatabaseSync(join(folder, 'records.views.db'));
    views.exec('DELETE FROM documents');
    views.close();
    const { code, out } = await cli('rebuild', '--data', folder, '--json');
    assert.equal(code, 0);
    const second: Rebuilt[] = JSON.parse(out);
    assert.deepEqual(counts(second), counts(first));
    for (const { service, same } of second) assert.equal(same, service !== 'records');

    const told = await cli('rebuild', '--data', folder);
    assert.match(told.out, /^records +resources +\d+ documents, the same as before$/m);
  } finally {
    await platform.dispose();
  }
});

test('a folder without a platform’s data is left as it is', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'healthchain-empty-'));
  const { code, err } = await cli('rebuild', '--data', folder);
  await rm(folder, { recursive: true });
  assert.equal(code, 1);
  assert.match(err, /^not-found: /);
});
