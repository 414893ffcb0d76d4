import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RegistryContract } from './registry.ts';
import { ResearchContract } from './research.ts';
import { hashOf, recallOf, releasesOf, statementOf } from './testing/research.ts';
import { refusal, stage } from './testing.ts';

const unchanged = (first: object) => ({ ...first, writes: [], events: [] });
const [first, second, third] = releasesOf('everybody', 3) as [object, object, object];
const one = hashOf('everybody 1');

/** A ledger on which lindenhof and northgate are registered by `west`. */
async function research() {
  const made = stage(new ResearchContract(), new RegistryContract());
  for (const id of ['lindenhof', 'northgate']) {
    const args = [{ id, name: id, keys: [] }];
    await made.submit('west', { contract: 'registry', fn: 'registerOrganization', args });
  }
  return made;
}
async function released() {
  const made = await research();
  await made.call('west', 'release', first);
  return made;
}

test('releases, a recall, and an attestation: each is kept and told', async () => {
  const { call } = await research();
  assert.deepEqual((await call('west', 'release', first)).events, ['released']);
  const { result } = await call('west', 'release', second);
  assert.deepEqual((await call('west', 'recall', recallOf(one))).events, ['recalled']);
  assert.deepEqual((await call('west', 'attest', statementOf(one, 'northgate'))).events, ['attested']);
  const { result: head } = await call('anybody', 'head', hashOf('everybody'));
  assert.deepEqual(head, result);
  const { result: all } = await call('anybody', 'releases', hashOf('everybody'));
  assert.deepEqual(
    (all as { number: number }[]).map(({ number }) => number),
    [1, 2],
  );
  const { recall, attestations } = (await call('anybody', 'standing', one)).result as {
    recall: { notice: string };
    attestations: { organization: string }[];
  };
  assert.equal(recall.notice, hashOf('notice'));
  assert.deepEqual(
    attestations.map(({ organization }) => organization),
    ['northgate'],
  );
});

test('a release follows on the one that the ledger has: none is left out, none comes twice', async () => {
  const { call } = await research();
  await assert.rejects(call('west', 'release', second), refusal('conflict'));
  await assert.rejects(call('west', 'release', { ...first, before: hashOf('nothing') }), refusal('conflict'));
  await call('west', 'release', first);
  await assert.rejects(call('west', 'release', third), refusal('conflict'));
  await assert.rejects(call('west', 'release', { ...second, before: hashOf('everybody') }), refusal('conflict'));
  await call('west', 'release', second);
  await call('west', 'release', third);
});

test('domains have chains of their own', async () => {
  const { call } = await released();
  const [other] = releasesOf('somebody else', 1);
  assert.equal(((await call('east', 'release', other)).result as { number: number }).number, 1);
});

test('the same again is success and changes nothing, also when others have followed', async () => {
  const { call } = await research();
  const release = await call('west', 'release', first);
  await call('west', 'release', second);
  assert.deepEqual(await call('west', 'release', first), unchanged(release));
  const recall = await call('west', 'recall', recallOf(one));
  assert.deepEqual(await call('west', 'recall', recallOf(one)), unchanged(recall));
  const attested = await call('west', 'attest', statementOf(one, 'northgate'));
  assert.deepEqual(await call('west', 'attest', statementOf(one, 'northgate')), unchanged(attested));
});

test('something else in the place of what was said is a conflict', async () => {
  const { call } = await released();
  await assert.rejects(call('west', 'release', { ...first, contents: hashOf('other') }), refusal('conflict'));
  await call('west', 'recall', recallOf(one));
  await assert.rejects(call('west', 'recall', { ...recallOf(one), deadline: 9e12 }), refusal('conflict'));
  await call('west', 'attest', statementOf(one, 'northgate'));
  const moved = { ...statementOf(one, 'northgate'), at: 9e12 };
  await assert.rejects(call('west', 'attest', moved), refusal('conflict'));
});

test('each step is its organisation’s to take', async () => {
  const { call } = await released();
  await assert.rejects(call('east', 'release', second), refusal('forbidden'));
  await assert.rejects(call('east', 'recall', recallOf(one)), refusal('forbidden'));
  await call('west', 'recall', recallOf(one));
  await assert.rejects(call('east', 'attest', statementOf(one, 'northgate')), refusal('forbidden'));
  await assert.rejects(call('west', 'attest', statementOf(one, 'nowhere')), refusal('not-found'));
});

test('what is out of order, not there or malformed is refused', async () => {
  const { call } = await released();
  await assert.rejects(call('west', 'attest', statementOf(one, 'northgate')), refusal('conflict'));
  const missing = hashOf('missing');
  await assert.rejects(call('west', 'recall', recallOf(missing)), refusal('not-found'));
  await assert.rejects(call('west', 'standing', missing), refusal('not-found'));
  await assert.rejects(call('west', 'head', missing), refusal('not-found'));
  assert.deepEqual((await call('west', 'releases', missing)).result, []);
  for (const wrong of [{}, { ...second, release: 'r2' }, { ...second, at: -1 }, { ...second, after: '' }])
    await assert.rejects(call('west', 'release', wrong), refusal('invalid'), JSON.stringify(wrong));
  await assert.rejects(call('west', 'recall', { ...recallOf(one), notice: 'why' }), refusal('invalid'));
  await assert.rejects(call('west', 'attest', statementOf(one, 'no/where')), refusal('invalid'));
});
