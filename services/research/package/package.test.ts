import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { cli } from '../../../cli/testing.ts';
import { Failure } from '../../../kernel/errors.ts';
import { noteSigner } from '../../../kernel/merkle/note.ts';
import { flipped } from '../../../kernel/merkle/testing.ts';
import { type Contents, sealed } from './manifest.ts';
import { aPackage, contents, releaseNotes, signer } from './testing/release.ts';
import { verifyPackage } from './verify.ts';
import { writePackage } from './write.ts';

const root = await mkdtemp(join(tmpdir(), 'healthchain-release-'));
after(() => rm(root, { recursive: true }));
const files = await aPackage();
let written = 0;
async function stored(changed: ReadonlyMap<string, Uint8Array> = files): Promise<string> {
  const folder = join(root, `package-${written++}`);
  await writePackage(folder, changed);
  return folder;
}
const changed = (name: string, bytes: Uint8Array) => new Map(files).set(name, bytes);

test('a package is verified offline, with its key or by its own', async () => {
  const folder = await stored();
  const { code, out, err } = await cli('verify-release', folder, '--vkey', signer.vkey);
  assert.equal(code, 0, err);
  assert.match(
    out,
    /^release release-1 of study study-1, Blood <pressure> & home, at 2026-01-02T03:04:05\.000Z\n400 rows/,
  );
  assert.match(out, /anchored in block 17 of the ledger, transaction c{64}\nvalid$/);
  const own = await cli('verify-release', folder, '--json');
  const { valid, rows, k, vkeyTrusted } = JSON.parse(own.out);
  assert.deepEqual([own.code, valid, rows, k >= 11, vkeyTrusted], [0, true, 400, true, false]);
  assert(own.err.includes(signer.vkey));
});

test('one flipped bit in any file is found', async () => {
  const folder = await stored();
  for (const [name, bytes] of files) {
    const step = name.startsWith('manifest') ? 61 : Math.ceil((bytes.length * 8) / 25);
    for (let bit = 5; bit < bytes.length * 8; bit += step) {
      await writeFile(join(folder, name), flipped(new Uint8Array(bytes), bit));
      await assert.rejects(
        verifyPackage(folder, signer.vkey),
        (error) => error instanceof Failure && error.code !== 'not-found',
        `${name}, bit ${bit}`,
      );
    }
    await writeFile(join(folder, name), bytes);
  }
  await verifyPackage(folder, signer.vkey);
});

test('what is missing, added, or signed by somebody else ends with 1 and says so', async () => {
  const cases: [string, RegExp][] = [];
  const folder = await stored();
  await rm(join(folder, 'data.parquet'));
  cases.push([folder, /invalid: data\.parquet is missing/]);
  cases.push([await stored(changed('notes.txt', Buffer.from('x'))), /not in its manifest: notes\.txt/]);
  cases.push([join(root, 'nowhere'), /not-found: There is no manifest\.json/]);
  cases.push([await stored(changed('manifest.json', Buffer.from('{}'))), /invalid: The manifest is not valid/]);
  for (const [path, told] of cases) {
    const { code, out, err } = await cli('verify-release', path);
    assert.deepEqual([code, out], [1, '']);
    assert.match(err, told);
  }
  const stranger = await noteSigner('research.example', new Uint8Array(32).fill(1));
  const foreign = await cli('verify-release', await stored(), '--vkey', stranger.vkey);
  assert.match(foreign.err, /None of the known keys/);
  const json = await cli('verify-release', join(root, 'nowhere'), '--json');
  assert.equal(JSON.parse(json.out).error.code, 'not-found');
});

test('a report that the data does not bear out is found, though it is signed', async () => {
  const honest = contents();
  const report = JSON.parse(Buffer.from(honest['privacy-report.json']).toString());
  const lies: object[] = [
    { reached: { k: 12 } },
    { rows: 399 },
    { model: { ...report.model, k: 100 } },
    { classSizes: [] },
    { sets: [{ ...report.sets[0], reached: 12 }] },
  ];
  for (const lie of lies) {
    const told: Contents = { ...honest, 'privacy-report.json': Buffer.from(JSON.stringify({ ...report, ...lie })) };
    const folder = await stored(await sealed(told, releaseNotes, signer));
    await assert.rejects(verifyPackage(folder), /does not bear out/);
  }
});

test('equal releases are equal to the last byte, signature and all', async () => {
  for (const [name, bytes] of await aPackage()) assert(Buffer.from(bytes).equals(files.get(name)!), name);
});

test('a package is never written over another, and an interrupted attempt is cleared away', async () => {
  const folder = await stored();
  await assert.rejects(writePackage(folder, files), (error) => error instanceof Failure && error.code === 'duplicate');
  const parent = join(root, 'interrupted');
  await mkdir(join(parent, '.next.partial'), { recursive: true });
  await writeFile(join(parent, '.next.partial', 'data.csv'), 'half');
  await writePackage(join(parent, 'next'), files);
  assert.deepEqual(await readdir(parent), ['next']);
  assert.equal((await readdir(join(parent, 'next'))).length, files.size);
});

const writer = `
  import { writePackage } from ${JSON.stringify(new URL('./write.ts', import.meta.url).href)};
  const files = new Map([['data.csv', Buffer.alloc(1000)], ['data.ndjson', Buffer.alloc(1_000_000)]]);
  await writePackage(process.argv[1], files).catch(({ code, message }) => console.log(code + ': ' + message));
`;

test('a disk that fills up while a package is written leaves nothing', async () => {
  const parent = join(root, 'full');
  // no file may grow above 64 KiB: to the process, that is a disk without room
  const shell = 'ulimit -f 64; exec "$0" --input-type=module --eval "$1" "$2"';
  const argv = ['-c', shell, process.execPath, writer, join(parent, 'package')];
  const { stdout } = await promisify(execFile)('bash', argv);
  assert.match(stdout, /^unavailable: The disk is full; no package is written\.\n$/);
  assert.deepEqual(await readdir(parent), []);
});
