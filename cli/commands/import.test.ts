import assert from 'node:assert/strict';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Bundle } from '@medplum/fhirtypes';
import { cli, type Received, type Reply, serve } from '../testing.ts';

process.env.HEALTHCHAIN_TOKEN = 'a.b.c';
const folder = await mkdtemp(join(tmpdir(), 'healthchain-import-'));
after(() => rm(folder, { recursive: true }));

const names = ['a', 'b', 'c', 'd', 'e'];
for (const name of names) {
  const entry = [1, 2].map((n) => ({
    resource: { resourceType: 'Patient', id: `${name}${n}` },
    request: { method: 'POST', url: 'Patient' },
  }));
  await writeFile(join(folder, `${name}.json`), JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry }));
}

/** Creates what it is sent, once for each idempotency key. */
function platform() {
  const answered = new Map<string, Bundle>();
  return {
    answered,
    answer({ headers, body }: Received): Reply {
      const key = String(headers['idempotency-key']);
      const entry = JSON.parse(body).entry.map(() => ({ response: { status: '201 Created' } }));
      const stored = answered.get(key) ?? { resourceType: 'Bundle', type: 'transaction-response', entry };
      answered.set(key, stored);
      return { body: stored };
    },
  };
}

test('a folder is loaded whole, each bundle once, as the user', async () => {
  const { answer, answered } = platform();
  await using server = await serve(answer);
  const { code, out, err } = await cli('import', folder, '--server', server.url);
  assert.equal(code, 0, err);
  assert.match(out, /^10 resources from 5 of 5 bundles in /);
  assert.equal(answered.size, names.length);
  for (const { path, method, headers } of server.received) {
    assert.equal(`${method} ${path}`, 'POST /fhir');
    assert.equal(headers.authorization, 'Bearer a.b.c');
    assert.equal(headers['content-type'], 'application/fhir+json');
  }
});

test('what failed is named, the rest is loaded; the next run loads what is missing and nothing twice', async () => {
  const { answer, answered } = platform();
  let down = true;
  const issue = [{ severity: 'error', code: 'invalid', diagnostics: 'No such code.', expression: ['Patient.gender'] }];
  const refusal = { status: 400, body: { resourceType: 'OperationOutcome', issue } };
  await using server = await serve((received) => (down && /"[bd]1"/.test(received.body) ? refusal : answer(received)));
  const first = await cli('import', folder, '--json', '--server', server.url);
  assert.equal(first.code, 1);
  const { failed, resources, files } = JSON.parse(first.out);
  assert.deepEqual([files, resources], [5, 6]);
  assert.deepEqual(failed.map((each: { file: string }) => each.file).sort(), [
    join(folder, 'b.json'),
    join(folder, 'd.json'),
  ]);
  assert.equal(failed[0].error, 'invalid: No such code. (Patient.gender)');

  down = false;
  const before = new Map(answered);
  const second = await cli('import', folder, '--server', server.url);
  assert.equal(second.code, 0, second.err);
  assert.match(second.out, /^10 resources from 5 of 5 /);
  for (const [key, response] of before) assert.equal(answered.get(key), response);
  assert.equal(answered.size, names.length);
});

test('an answer that does not tell of every entry is no success', async () => {
  const entry = (status: string) => ({ response: { status } });
  const answers = [
    {},
    { entry: [entry('201 Created')] },
    { entry: [entry('201 Created'), entry('422 Unprocessable')] },
    'ok',
  ];
  for (const body of answers) {
    await using server = await serve(() => ({ body }));
    const { code, out, err } = await cli('import', join(folder, 'a.json'), '--server', server.url);
    assert.equal(code, 1);
    assert.match(out, /^0 resources from 0 of 1 /);
    assert.match(err, /a\.json: (exception|processing): /);
  }
});

test('a platform that goes in the middle ends the import; it says how far it came', async () => {
  const { answer, answered } = platform();
  await using server = await serve((received) => (answered.size === 2 ? 'hang up' : answer(received)));
  const { code, out, err } = await cli('import', folder, '-c', '1', '--server', server.url);
  assert.equal(code, 1);
  assert.equal(out, '');
  assert.match(err, /^2 of 5 bundles .*again loads the rest\.\nunavailable: /);
  assert.equal(server.received.length, 3);
});

test('a broken file among others is named', async () => {
  const mixed = join(folder, 'mixed');
  await cp(join(folder, 'a.json'), join(mixed, 'a.json'));
  await writeFile(join(mixed, 'broken.json'), '{');
  const { answer } = platform();
  await using server = await serve(answer);
  const { code, out, err } = await cli('import', mixed, '-c', '1', '--server', server.url);
  assert.equal(code, 1);
  assert.match(out, /^2 resources from 1 of 2 /);
  assert.match(err, /broken\.json: structure: /);
});
