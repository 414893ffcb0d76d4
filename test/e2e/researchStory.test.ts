import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { ResearchStoryResult } from '../../cli/researchStory.ts';
import { cohort, extract, privacy } from '../../cli/researchStoryStudy.ts';
import { cli } from '../../cli/testing.ts';
import { embeddedPlatform } from '../platform.ts';
import { type Scene, sceneOn } from '../scene.ts';
import { demoSecrets, found, foundUnder } from './secrets.ts';

const bundles = '../shared/data/synthea-r4';
const real = existsSync(bundles);

let stage: Scene;
let folder: string;
before(async () => {
  // its 280 patients alone keep the engine that stands in for MongoDB busy for minutes
  [stage, folder] = await Promise.all([sceneOn(embeddedPlatform), mkdtemp(join(tmpdir(), 'healthchain-packages-'))]);
});
after(async () => {
  await stage?.dispose();
  await rm(folder, { recursive: true });
});

async function play(...more: string[]): Promise<string> {
  const options = [...(real ? ['--bundles', bundles] : []), '--out', folder, '--server', stage.platform.url];
  const { code, out, err } = await cli('story', 'research', ...options, ...more);
  assert.equal(code, 0, out + err);
  return out;
}

/** Everything that is asked of a release that left. */
function requireAnonymous({ k, rows, registry }: ResearchStoryResult['first']): void {
  assert.ok(k >= 11 && rows >= 11 * 10, `${rows} rows, ${k} alike`);
  assert.ok(registry.verdict === 'accepted' || registry.changes.length > 0);
}

let first: ResearchStoryResult;

test('from consents to a release, its recall, and the next one', async (t) => {
  if (!real) t.diagnostic(`NOT RUN: ${bundles}`);
  first = JSON.parse(await play('--json'));
  requireAnonymous(first.first);
  assert.equal(first.first.registry.verdict, 'accepted');
  assert.match(first.refused, /small-overlap.*too-much-withheld/);
  requireAnonymous(first.second);
  assert.deepEqual(first.second.registry.changes, ['frozen', 'withheld']);
  assert.equal(first.second.registry.beside, first.first.registry.beside + 1);
  assert.ok(Date.parse(first.recall.deadline) > Date.now());
  assert.equal(first.withdrawn, 3);
  assert.ok(first.verified >= 8, `${first.verified} entries proven`);
});

test('the package that is left verifies by the command; what was recalled is gone', async () => {
  const { code, out } = await cli('verify-release', first.second.folder, '--json');
  assert.equal(code, 0, out);
  assert.equal(JSON.parse(out).rows, first.second.rows);
  assert.equal(existsSync(first.first.folder), false);
});

test('played again in the same world, the registry lays it beside the releases of the first time', async () => {
  const told = await play();
  for (const line of [/6\. .*beside \d+ earlier releases/, /13\. .*changed \(frozen, withheld\)/, /16\. .*proven/])
    assert.match(told, line);
  const earlier = Number(/6\. .*beside (\d+)/.exec(told)![1]);
  assert.equal(earlier, first.second.registry.beside + 1);
});

test('nobody is named: not in a package, a log line, a metric or a stored byte', async () => {
  const asked = JSON.stringify([cohort(), extract, privacy]);
  const secrets = demoSecrets().filter((secret) => !asked.includes(secret));
  assert.deepEqual((await foundUnder(folder, secrets)).hits, []);
  assert.deepEqual(found(secrets, Buffer.from(await stage.platform.metrics())), []);
  assert.equal(await stage.platform.stop(), 0);
  assert.deepEqual(found(secrets, Buffer.from(stage.platform.output())), []);
  const { places, hits } = await stage.platform.stored(secrets);
  assert.deepEqual(hits, []);
  assert.ok(places > 10, `${places} places`);
});
