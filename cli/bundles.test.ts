import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { BundleEntry } from '@medplum/fhirtypes';
import { bundleFiles, readBundle } from './bundles.ts';

const folder = await mkdtemp(join(tmpdir(), 'healthchain-bundles-'));
after(() => rm(folder, { recursive: true }));

const post = (resource: object, ifNoneExist?: string) => ({
  fullUrl: 'urn:uuid:0a9d2c1e-1b2c-4d3e-8f40-000000000001',
  resource,
  request: {
    method: 'POST',
    url: (resource as { resourceType: string }).resourceType,
    ...(ifNoneExist && { ifNoneExist }),
  },
});
const transaction = (...entry: object[]) => JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry });

let count = 0;
async function file(content: string | Uint8Array, name = `${count++}.json`): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

test('a folder gives its bundle files by name, plain and gzip, and nothing else', async () => {
  const inner = join(folder, 'inner');
  await mkdir(join(inner, 'below.json'), { recursive: true });
  for (const name of ['b.json', 'a.json.gz', 'notes.txt', 'c.jsonl']) await file('{}', `inner/${name}`);
  const names = (await bundleFiles(inner)).map((path) => basename(path));
  assert.deepEqual(names, ['a.json.gz', 'b.json']);
  assert.deepEqual(await bundleFiles(join(inner, 'notes.txt')), [join(inner, 'notes.txt')]);
  await mkdir(join(folder, 'empty'));
  await assert.rejects(bundleFiles(join(folder, 'empty')), { code: 'not-found' });
  await assert.rejects(bundleFiles(join(folder, 'nowhere')), { code: 'not-found' });
});

test('a bundle is the same, and has the same key, plain or gzip', async () => {
  const json = transaction(post({ resourceType: 'Patient' }));
  const plain = await readBundle(await file(json));
  const zipped = await readBundle(await file(gzipSync(json), 'zipped.json.gz'));
  assert.deepEqual(zipped.bundle, plain.bundle);
  assert.equal(zipped.key, plain.key);
  assert.notEqual((await readBundle(await file(transaction()))).key, plain.key);
});

test('who and where is created only where its identifier is not there yet', async () => {
  const identifier = [{ system: 'http://hl7.org/fhir/sid/us-npi', value: '99 9|&' }];
  const entries = async (...given: object[]) => (await readBundle(await file(transaction(...given)))).bundle.entry!;
  const condition = ({ request }: BundleEntry) => request?.ifNoneExist;
  for (const resourceType of ['Organization', 'Practitioner', 'Location']) {
    const [entry] = await entries(post({ resourceType, identifier }));
    const query = new URLSearchParams(condition(entry!));
    assert.equal(query.get('identifier'), 'http://hl7.org/fhir/sid/us-npi|99 9|&');
  }
  const untouched = [
    post({ resourceType: 'Patient', identifier }),
    post({ resourceType: 'Organization' }),
    post({ resourceType: 'Organization', identifier: [{ system: 'urn:x' }] }),
    { resource: { resourceType: 'Organization', identifier }, request: { method: 'PUT', url: 'Organization/1' } },
    { request: { method: 'DELETE', url: 'Organization/1' } },
  ];
  for (const entry of await entries(...untouched)) assert.equal(condition(entry), undefined);
  const [own] = await entries(post({ resourceType: 'Organization', identifier }, 'name=West'));
  assert.equal(condition(own!), 'name=West');
});

test('what is no bundle to post is refused, by its file', async () => {
  const wrong = [
    '',
    'x',
    '[]',
    'null',
    '{}',
    '{"resourceType":"Bundle","type":"searchset"}',
    '{"resourceType":"Patient"}',
    '{"resourceType":"Bundle","type":"batch","entry":{}}',
  ];
  for (const content of wrong) {
    const path = await file(content);
    await assert.rejects(readBundle(path), ({ code, message }) => code === 'structure' && message.includes(path));
  }
  const cut = gzipSync(transaction()).subarray(0, 20);
  const path = await file(cut, 'cut.json.gz');
  await assert.rejects(readBundle(path), { code: 'structure' });
});
