import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { flipped } from '../../kernel/merkle/testing.ts';
import { cli, serve } from '../testing.ts';
import { proofOf, theLog } from '../verify/testing.ts';

process.env.HEALTHCHAIN_TOKEN = 'a.b.c';
const folder = await mkdtemp(join(tmpdir(), 'healthchain-verify-'));
after(() => rm(folder, { recursive: true }));

async function file(content: string | Uint8Array): Promise<string> {
  const path = join(folder, 'proof.json');
  await writeFile(path, content);
  return path;
}

test('what proof writes, verify verifies', async () => {
  const proof = await proofOf(77);
  await using server = await serve(() => ({ body: proof }));
  const output = join(folder, 'written.json');
  const fetched = await cli('proof', 'event/77', '--output', output, '--server', server.url);
  assert.equal(fetched.code, 0, fetched.err);
  assert.equal(server.received[0]!.path, '/fhir/AuditEvent/event%2F77/$proof');

  const { code, out, err } = await cli('verify', output, '--vkey', theLog.vkey);
  assert.equal(code, 0, err);
  assert.match(out, /^event event-77: ACCESS_RECORDED of records at 2026-/);
  assert.match(out, /entry 77 of 300 in the log example\.com\/log/);
  assert.match(out, /batch 2 in block 9 of the ledger, transaction a{64}\nvalid$/);
  const json = JSON.parse((await cli('verify', output, '--json')).out);
  assert.deepEqual([json.valid, json.kind, json.index, json.vkeyTrusted], [true, 'proof', 77, false]);
});

test('without --vkey, it says whose key it took on trust', async () => {
  const path = await file(JSON.stringify(await proofOf(9)));
  const { code, err } = await cli('verify', path);
  assert.equal(code, 0);
  assert(err.includes(theLog.vkey));
});

test('a flipped bit in the file ends with 1 and one line that says what is wrong', async () => {
  const bytes = Buffer.from(JSON.stringify(await proofOf(5), undefined, 2));
  for (let bit = 3; bit < bytes.length * 8; bit += 97) {
    const path = await file(flipped(bytes, bit));
    const { code, out, err } = await cli('verify', path, '--vkey', theLog.vkey);
    assert.equal(code, 1, `bit ${bit}`);
    assert.equal(out, '');
    assert.match(err, /^(invalid|structure): [^\n]+$/, `bit ${bit}`);
  }
});

test('what is neither proof nor log nor data folder is said to be none', async () => {
  for (const content of ['', 'x', '{}', '[]', 'null'])
    assert.match((await cli('verify', await file(content))).err, /^structure: /);
  assert.match((await cli('verify', join(folder, 'nowhere'))).err, /^not-found: /);
  assert.match((await cli('verify', folder)).err, /^not-found: .*no data folder/);
  const json = await cli('verify', join(folder, 'nowhere'), '--json');
  assert.equal(JSON.parse(json.out).error.code, 'not-found');
});
