import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256 } from '../../package/manifest.ts';
import { actorOf, releasedWorld } from '../../testing/released.ts';
import { appender } from '../log.ts';
import { releaseChanges } from '../releaseLog.ts';
import { listReleases } from '../releaseViews.ts';
import { downloads } from './downloads.ts';

test('once its request is closed nothing is downloaded, though the release was left open', async (t) => {
  const { publish, log, views, projection, clock, withdrawals, close } = await releasedWorld();
  t.after(close);
  await publish('r1', ['p1', 'p2', 'p3'], 's1', { files: [{ name: 'data.csv', bytes: 0, sha256: sha256('') }] });
  let request = 'approved';
  const { file } = downloads({
    ...{ log, clock, change: releaseChanges(log, appender(log, projection)), releases: () => listReleases(views, log) },
    study: async () => ({ dataUse: 'terms', requests: [{ id: 'q1', status: request }] }) as never,
    stillConsenting: withdrawals.stillConsenting,
    stored: { file: async function* () {} } as never,
  });
  const download = () => file(actorOf('hale'), 'r1', sha256('terms'));
  await download();
  request = 'closed';
  await assert.rejects(download, { code: 'deleted' });
  assert.equal((await log.read('release/r1')).filter(({ event }) => event.type === 'DownloadRecorded').length, 1);
});
