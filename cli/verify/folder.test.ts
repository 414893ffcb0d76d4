import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { localKeys } from '../../kernel/keys/local.ts';
import { flipped } from '../../kernel/merkle/testing.ts';
import { auditWorld, closeEngines, engines } from '../../services/audit/testing/world.ts';
import { cli } from '../testing.ts';
import { verifyProofFile } from './proof.ts';

const parent = await mkdtemp(join(tmpdir(), 'healthchain-folder-'));
after(() => rm(parent, { recursive: true }));
const folder = join(parent, 'data');

const { vkey, proof, running } = await filled(folder);

/** A data folder of a platform that logged 300 events in several batches and was stopped. */
async function filled(folder: string) {
  await mkdir(folder);
  const kept = await engines(folder);
  const world = await auditWorld({ engines: kept });
  const ids: string[] = [];
  for (const count of [1, 2, 40, 257]) {
    ids.push(...(await world.happened(...Array.from({ length: count }, () => ({ patients: ['p-ada'] })))));
    await world.anchored(ids.length);
  }
  const vkey = (await world.server.inject('/log/vkey')).body.trim();
  const proof = await world.proof('ada', ids[200]!);
  const running = await cli('verify', folder, '--json');
  await world.stop();
  await closeEngines(kept);
  return { vkey, proof, running };
}

interface Place {
  file: string;
  table: string;
  column: string;
  where: string;
}

/** Everything of the log and the ledger that is stored, sealed or in the clear. */
const places: Place[] = [
  { file: 'audit.views.db', table: 'documents', column: 'body', where: "collection = 'tiles'" },
  { file: 'audit.views.db', table: 'documents', column: 'body', where: "collection IN ('checkpoints', 'anchors')" },
  { file: 'audit.db', table: 'events', column: 'data', where: "owner = '' AND stream NOT LIKE 'key%'" },
  { file: 'audit.db', table: 'events', column: 'data', where: "(owner <> '' OR stream LIKE 'key%')" },
  { file: 'ledger.db', table: 'blocks', column: 'bytes', where: 'true' },
  { file: 'ledger.db', table: 'blocks', column: 'signature', where: 'true' },
  { file: 'ledger.db', table: 'state', column: 'CAST(value AS BLOB)', where: 'true' },
];

/** The values at a place, in an order of their own. */
function values(folder: string, { file, table, column, where }: Place): Uint8Array[] {
  const db = new DatabaseSync(join(folder, file), { readOnly: true });
  const rows = db.prepare(`SELECT ${column} AS value FROM ${table} WHERE ${where} ORDER BY 1`).all();
  db.close();
  return rows.map(({ value }) => value as Uint8Array);
}

function replace(folder: string, { file, table, column, where }: Place, value: Uint8Array, by: Uint8Array): void {
  const db = new DatabaseSync(join(folder, file));
  const text = column.startsWith('CAST');
  const set = text ? 'value = CAST(? AS TEXT)' : `${column} = ?`;
  const { changes } = db.prepare(`UPDATE ${table} SET ${set} WHERE ${where} AND ${column} = ?`).run(by, value);
  db.close();
  assert.equal(changes, 1);
}

test('a stopped platform’s folder is verified whole', async () => {
  const { code, out, err } = await cli('verify', folder, '--json');
  assert.equal(code, 0, err);
  const { valid, kind, ledger, log, sealed } = JSON.parse(out);
  assert.deepEqual([sealed.entries, sealed.erased], [log.sequenced, 0]);
  assert.deepEqual([valid, kind, log.origin, log.vkey], [true, 'folder', 'localhost:8080/log', vkey]);
  for (const state of ['sequenced', 'integrated', 'published', 'anchored'])
    assert(log[state] >= 300, `${state}: ${log[state]}`);
  assert(ledger.blocks > 0 && log.batches >= 4 && log.checkpoints === log.batches + 1 && log.tiles >= 2);
  assert.match((await cli('verify', folder, '--vkey', vkey)).out, /\nvalid$/);
});

test('a running platform’s folder is verified too', () => {
  assert.equal(running.code, 0, running.out);
  assert.equal(JSON.parse(running.out).valid, true);
});

test('what was erased stays closed, and the rest of the log is verified', async () => {
  const copy = join(parent, 'erased');
  await cp(folder, copy, { recursive: true });
  const keys = localKeys(join(copy, 'keys.db'));
  await keys.destroy('audit/p-ada');
  await keys.close();
  const { code, out } = await cli('verify', copy, '--json');
  const { sealed, log } = JSON.parse(out);
  assert.equal(code, 0, out);
  assert.ok(sealed.erased > 0 && sealed.entries < log.sequenced);
});

test('another key file, and none, are told apart', async () => {
  const copy = join(parent, 'keyless');
  await cp(folder, copy, { recursive: true });
  await rm(join(copy, 'keys.db'));
  assert.match((await cli('verify', copy)).out, /not opened/);
  await localKeys(join(copy, 'keys.db')).close();
  assert.match((await cli('verify', copy)).err, /key file does not belong/i);
});

test('verifying leaves nothing behind in the folder', async () => {
  const before = await readdir(folder);
  assert.equal((await cli('verify', folder)).code, 0);
  assert.deepEqual(await readdir(folder), before);
});

test('a single flipped bit in any tile, bundle, batch, checkpoint, anchor, block, state, key or sealed event is found', async () => {
  const copy = join(parent, 'copy');
  await cp(folder, copy, { recursive: true });
  const place = fc.constantFrom(...places.map((place) => ({ place, all: values(folder, place) })));
  await fc.assert(
    fc.asyncProperty(place, fc.nat(), fc.nat(), async ({ place, all }, which, bit) => {
      const value = all[which % all.length]!;
      const damaged = flipped(value, bit);
      replace(copy, place, value, damaged);
      const { code, out, err } = await cli('verify', copy);
      replace(copy, place, damaged, value);
      assert.deepEqual([code, out], [1, '']);
      assert.match(err, /^(invalid|structure|value): [^\n]+$/);
    }),
    { numRuns: 60 },
  );
  assert.equal((await cli('verify', copy)).code, 0);
});

test('what is missing is found: a batch, a tile, a block, the newest batch of all', async () => {
  const losses: [string, string][] = [
    ['audit.db', "DELETE FROM events WHERE stream = 'log' AND version = 2"],
    [
      'audit.db',
      "DELETE FROM events WHERE stream = 'log' AND version = (SELECT MAX(version) FROM events WHERE stream = 'log')",
    ],
    ['audit.views.db', "DELETE FROM documents WHERE id = 'tile/0/000'"],
    ['audit.views.db', "DELETE FROM documents WHERE id = 'tile/entries/000'"],
    ['ledger.db', 'DELETE FROM blocks WHERE number = 2'],
    ['ledger.db', 'DELETE FROM blocks WHERE number = (SELECT MAX(number) FROM blocks)'],
  ];
  for (const [at, [file, statement]] of losses.entries()) {
    const copy = join(parent, `loss-${at}`);
    await cp(folder, copy, { recursive: true });
    const db = new DatabaseSync(join(copy, file));
    assert.equal(db.prepare(statement).run().changes, 1, statement);
    db.close();
    const { code, err } = await cli('verify', copy);
    assert.equal(code, 1, statement);
    assert.match(err, /^(invalid|not-found): /);
  }
});

test('another key, and a file that is no database, are refused', async () => {
  assert.equal((await cli('verify', folder, '--vkey', vkey.replace('localhost', 'elsewhere'))).code, 1);
  const copy = join(parent, 'broken');
  await cp(folder, copy, { recursive: true });
  await writeFile(join(copy, 'audit.db'), 'not a database at all, but long enough to be looked at');
  assert.match((await cli('verify', copy)).err, /^invalid: The data folder is damaged/);
});

test('the proofs that such a platform gives out verify, and state what its ledger holds', async () => {
  const proven = await verifyProofFile(proof, { vkey });
  const db = new DatabaseSync(join(folder, 'ledger.db'), { readOnly: true });
  const { bytes } = db.prepare('SELECT bytes FROM blocks WHERE number = ?').get(proven.ledger.block) as {
    bytes: Uint8Array;
  };
  db.close();
  const { transactions } = JSON.parse(Buffer.from(bytes).toString());
  const found = transactions.find((each: { id: string }) => each.id === proven.ledger.transaction);
  assert.deepEqual([found.contract, found.fn, JSON.parse(found.result).size], ['audit', 'anchor', proven.ledger.size]);
});
