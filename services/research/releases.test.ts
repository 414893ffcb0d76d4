import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { untar } from './package/tar.ts';
import { verifyPackage } from './package/verify.ts';
import { writePackage } from './package/write.ts';
import { approved, built, download, everybody, terms, text, type World } from './testing/study.ts';

test('an approved request becomes a package that its recipient downloads and anybody verifies', async (t) => {
  const world = await approved(t);
  const request = await world.request();
  const build = await built(world, request);
  assert.equal(build.status, 'sealed', JSON.stringify(build));
  assert.deepEqual(await world.post('hale', `${request}/build`), build);
  const { body: release } = await world.call('hale', 'GET', `/releases/${build.release}`);
  assert.deepEqual([release.status, release.files.length, release.data_use], ['open', 8, terms.data_use]);
  const { status, bytes } = await download(world, build.release);
  assert.equal(status, 200);
  const folder = await mkdtemp(join(tmpdir(), 'release-'));
  t.after(() => rm(folder, { recursive: true }));
  const files = untar(bytes);
  await writePackage(join(folder, 'package'), files);
  const { body: key } = await world.call('hale', 'GET', '/key');
  const { manifest, rows, k } = await verifyPackage(join(folder, 'package'), key.vkey);
  assert.ok(k >= 11 && rows >= 240 * 0.95);
  assert.deepEqual([manifest.release, manifest.contents], [build.release, release.contents]);
  assert.ok(manifest.ledger);
  const csv = await world.call('hale', 'GET', `/releases/${build.release}/files/data.csv?terms=${release.terms}`);
  assert.deepEqual(csv.bytes, files.get('data.csv'));
});

test('nobody but the recipients, and not without the terms', async (t) => {
  const world = await approved(t);
  const { release } = await built(world, await world.request(everybody, ['ward']));
  const path = `/releases/${release}`;
  assert.equal((await download(world, release, 'ward')).status, 200);
  assert.equal((await download(world, release, 'hale')).status, 403);
  assert.equal((await world.call('adler', 'GET', path)).status, 404);
  const other = `${path}/package?terms=${'0'.repeat(64)}`;
  assert.match((await world.call('ward', 'GET', other)).text, /Accept the study’s terms/);
  assert.deepEqual((await world.call('adler', 'GET', '/releases')).body.releases, []);
  const { pieces } = await streamed(world, release);
  assert.ok(untar(pieces).has('manifest.json'));
});

async function streamed({ outside }: World, id: string) {
  const { terms: accepted } = await outside.getRelease({ id }, { token: 'ward' });
  const found: Uint8Array[] = [];
  for await (const { piece } of outside.downloadRelease({ id, terms: accepted }, { token: 'ward' })) found.push(piece);
  return { pieces: Buffer.concat(found) };
}

test('a second release of the same people stands beside the first, after a restart too', async (t) => {
  const first = await approved(t);
  const one = await built(first, await first.request());
  await first.stop();
  const again = await approved(t, 240, { disk: first.disk });
  const two = await built(again, await again.request());
  assert.equal(two.status, 'sealed', two.reason);
  const privacy = async (world: World, release: string) =>
    JSON.parse(await text(world, release, 'privacy-report.json'));
  assert.deepEqual((await privacy(again, two.release)).registry.beside, 1);
  assert.equal(await text(again, one.release, 'data.csv'), await text(again, two.release, 'data.csv'));
});

test('whoever withdraws closes the downloads, and the next release stays inside the frozen partition', async (t) => {
  const world = await approved(t);
  const { release } = await built(world, await world.request());
  assert.equal((await download(world, release)).status, 200);
  world.participants.splice(0, 3);
  const refused = await download(world, release);
  assert.deepEqual([refused.status, /recalled/.test(refused.text)], [410, true]);
  const second = await built(world, await world.request());
  if (second.status === 'failed') assert.match(second.reason, /registry refuses/);
  else assert.ok((await text(world, second.release, 'privacy-report.json')).includes('frozen'));
});

test('a cohort that is too small, or k that is larger, fails and says no number', async (t) => {
  for (const size of [0, 5, 10]) {
    const world = await approved(t, size);
    const failed = await built(world, await world.request());
    assert.deepEqual([failed.status, failed.code], ['failed', 'business-rule']);
    assert.match(failed.reason, /too few people, or too little variety/);
    assert.doesNotMatch(failed.reason, /\d/);
    assert.deepEqual((await world.call('hale', 'GET', '/releases')).body.releases, []);
  }
});

test('a hierarchy that misses a value fails the build, and the value is not told', async (t) => {
  const world = await approved(t);
  world.participants[7]!.maritalStatus = { text: 'secret' };
  const failed = await built(world, await world.request());
  assert.deepEqual([failed.status, failed.code], ['failed', 'value']);
  assert.match(failed.reason, /hierarchy of status misses a value/);
  assert.doesNotMatch(failed.reason, /secret|\d/);
  world.participants[7]!.maritalStatus = { text: 'single' };
  assert.equal((await built(world, `/studies/${failed.study}/requests/${failed.request}`)).status, 'sealed');
});

test('what is not approved, or closed, is not built', async (t) => {
  const world = await approved(t);
  const path = `${world.path}/requests`;
  const { definition } = await world.post('hale', `${world.path}/definitions`, everybody);
  await world.post('hale', `${world.path}/definitions/${definition}/feasibility`);
  const { id } = await world.post('hale', path, { definition });
  const unapproved = await world.call('hale', 'POST', `${path}/${id}/build`);
  assert.deepEqual([unapproved.status, /it is requested/.test(unapproved.text)], [422, true]);
  await world.post('gray', `${path}/${id}/approve`);
  assert.equal((await world.call('ward', 'POST', `${path}/${id}/build`)).status, 403);
  assert.equal((await world.call('hale', 'GET', `${path}/${id}/build`)).status, 404);
  const { release } = await built(world, `${path}/${id}`);
  assert.equal((await world.post('hale', `${path}/${id}/close`)).status, 'closed');
  const closed = await download(world, release);
  assert.deepEqual([closed.status, /closed/.test(closed.text)], [410, true]);
});
