import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { Failure } from '../../kernel/errors.ts';
import { encodeEntries } from '../../kernel/merkle/entries.ts';
import { flipped } from '../../kernel/merkle/testing.ts';
import { entriesPath, tilePath, tilesOfGrowth } from '../../kernel/merkle/tiles.ts';
import { cli, serve } from '../testing.ts';
import { type LogFiles, verifyLog } from './log.ts';
import { filesOf, rootAt, theLog } from './testing.ts';

const size = 1_300;
const files = filesOf(size);
const reader = (content: ReadonlyMap<string, Uint8Array>): LogFiles => ({
  async read(path) {
    const found = content.get(path);
    if (found) return found;
    throw new Failure('not-found', `no ${path}`);
  },
});
const claim = (at: number) => ({ size: at, root: rootAt(at), by: 'the checkpoint' });
const ignore = () => {};

test('a log of any size is recomputed whole, with every root that was claimed on the way', async () => {
  const sizes = fc.integer({ min: 0, max: 700 });
  await fc.assert(
    fc.asyncProperty(sizes, fc.array(fc.nat(700), { maxLength: 5 }), async (size, at) => {
      let seen = 0;
      const claims = [size, ...at.filter((each) => each <= size)].map(claim);
      const found = await verifyLog(reader(filesOf(size)), size, claims, (entries) => {
        seen += entries;
      });
      assert.deepEqual(found, { entries: size, tiles: tilesOfGrowth(0, size).length });
      assert.equal(seen, size);
    }),
    { numRuns: 30 },
  );
});

test('a single flipped bit in any tile or bundle is found', async () => {
  const paths = [...files.keys()];
  await fc.assert(
    fc.asyncProperty(fc.nat(paths.length - 1), fc.nat(), async (which, bit) => {
      const damaged = new Map(files);
      damaged.set(paths[which]!, flipped(files.get(paths[which]!)!, bit));
      await assert.rejects(verifyLog(reader(damaged), size, [claim(size)], ignore), { code: 'invalid' });
    }),
    { numRuns: 40 },
  );
});

test('a root that the entries do not give is found, and one beyond the log', async () => {
  const wrong = { ...claim(700), root: rootAt(701), by: 'batch 3' };
  await assert.rejects(verifyLog(reader(files), size, [claim(size), wrong], ignore), {
    code: 'invalid',
    message: 'Batch 3 has another root than the first 700 entries give.',
  });
  await assert.rejects(verifyLog(reader(filesOf(1_024)), 1_024, [claim(size)], ignore), { code: 'invalid' });
});

test('a partial tile that gave way to the full one is read from that', async () => {
  const grown = new Map(files);
  const full = filesOf(1_536);
  for (const path of [tilePath(0, 5), entriesPath(5)]) grown.set(path, full.get(path)!);
  for (const path of [tilePath(0, 5, 20), entriesPath(5, 20)]) assert(grown.delete(path));
  await verifyLog(reader(grown), size, [claim(size)], ignore);
});

test('a missing tile, and a bundle with an entry too few, are found', async () => {
  const without = new Map(files);
  without.delete(tilePath(1, 0, 5));
  await assert.rejects(verifyLog(reader(without), size, [], ignore), { code: 'not-found' });
  const short = new Map(files).set(entriesPath(5, 20), encodeEntries([]));
  await assert.rejects(verifyLog(reader(short), size, [], ignore), { code: 'invalid' });
});

/** The log as a web server would serve it. */
async function served(content: Map<string, Uint8Array>, note: string) {
  const fixed: Record<string, string> = { '/log/checkpoint': note, '/log/vkey': `${theLog.vkey}\n` };
  return serve(({ path }) => {
    const body = fixed[path] ?? content.get(path.replace('/log/', ''));
    return body === undefined ? { status: 404 } : { body };
  });
}

test('verify <log url> recomputes the log that is served', async () => {
  await using server = await served(files, await theLog.checkpoint(size));
  const { code, out, err } = await cli('verify', `${server.url}/log`);
  assert.equal(code, 0, err);
  assert.match(out, /example\.com\/log: 1300 entries and 7 tiles .*\nvalid$/s);
  assert(err.includes(theLog.vkey));

  const json = await cli('verify', `${server.url}/log/`, '--vkey', theLog.vkey, '--json');
  assert.equal(json.err, '');
  const { valid, entries, origin, vkeyTrusted } = JSON.parse(json.out);
  assert.deepEqual([valid, entries, origin, vkeyTrusted], [true, size, 'example.com/log', true]);
});

test('verify <log url> ends with 1 on a flipped bit, another key, a wrong size, and on what is no log', async () => {
  const damaged = new Map(files).set(tilePath(0, 2), flipped(files.get(tilePath(0, 2))!, 4_321));
  const note = await theLog.checkpoint(size);
  const cases: [Map<string, Uint8Array>, string, string[]][] = [
    [damaged, note, []],
    [files, note, ['--vkey', theLog.vkey.replace('example', 'examples')]],
    [files, await theLog.checkpoint(size + 1), []],
    [files, note.replace('1300', '1301'), []],
    [files, '<html>', []],
    [files, '', []],
  ];
  for (const [content, checkpoint, options] of cases) {
    await using server = await served(content, checkpoint);
    const { code, out, err } = await cli('verify', `${server.url}/log`, ...options);
    assert.equal(code, 1);
    assert.equal(out, '');
    assert.match(err, /^[a-z-]+: [^\n]+$/);
  }
  await using server = await serve(() => ({ body: 'hello' }));
  assert.match((await cli('verify', server.url)).err, /^value: /);
});

test('Tessera’s fsck finds the log whole', async (t) => {
  const run = promisify(execFile);
  const known = await run('fsck', ['-h'], { timeout: 5_000 }).catch((error) => error);
  if (!String(known.stderr).includes('storage_url')) return t.skip('NOT RUN: tessera fsck is not on the PATH');
  const folder = await mkdtemp(join(tmpdir(), 'healthchain-fsck-'));
  const key = join(folder, 'vkey');
  await writeFile(key, theLog.vkey);
  await using server = await served(files, await theLog.checkpoint(size));
  const options = [`--storage_url=${server.url}/log/`, `--public_key=${key}`, '--ui=false'];
  const { stderr } = await run('fsck', options, { timeout: 20_000 });
  await rm(folder, { recursive: true });
  assert.match(stderr, /Successfully fsck'd log with size 1300/);
});
