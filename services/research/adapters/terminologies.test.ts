import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Failure } from '../../../kernel/errors.ts';
import { readTerminologies } from './terminologies.ts';

const [snomed, loinc] = ['http://snomed.info/sct', 'http://loinc.org'];

async function folderOf(t: TestContext, files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'terminologies-'));
  t.after(() => rm(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

test('hierarchies of both forms answer for descendants; what has none is refused by name', async (t) => {
  const folder = await folderOf(t, {
    'snomed-ct.parents.csv': '59621000,38341003\r\n38341003,64572001\r\n',
    'snomed-ct.levels.csv': '714628002;15777000;64572001;*\n',
    '.DS_Store': '',
  });
  const terminology = await readTerminologies(folder);
  const under = (code: string) => terminology.matcher({ system: snomed, code, descendants: true });
  const is = (code: string) => ({ system: snomed, code });
  assert.equal(under('64572001')(is('59621000')), true);
  assert.equal(under('64572001')(is('714628002')), true);
  assert.equal(under('15777000')(is('714628002')), true);
  assert.equal(under('15777000')(is('59621000')), false);
  assert.throws(
    () => terminology.matcher({ system: loinc, code: '8480-6', descendants: true }),
    (error) => error instanceof Failure && error.code === 'not-supported' && /LOINC/.test(error.message),
  );
});

test('without a folder there are none', async () => {
  const terminology = await readTerminologies('');
  assert.throws(() => terminology.matcher({ system: snomed, code: '38341003', descendants: true }), /SNOMED CT/);
});

test('what is wrong with the folder is told with the file', async (t) => {
  await assert.rejects(readTerminologies(join(tmpdir(), 'terminologies-that-are-not-there')), /there is no folder/);
  const other = await folderOf(t, { 'icd.parents.csv': 'a,b\n' });
  await assert.rejects(readTerminologies(other), /icd\.parents\.csv .* snomed-ct, rxnorm, loinc/);
  const broken = await folderOf(t, { 'rxnorm.parents.csv': '1,2\n3\n' });
  await assert.rejects(readTerminologies(broken), /rxnorm\.parents\.csv: .*child and its parent/);
  const ragged = await folderOf(t, { 'loinc.levels.csv': '8480-6;LP1-1;*\n8462-4;*\n' });
  await assert.rejects(readTerminologies(ragged), /loinc\.levels\.csv: .*as many/);
});
