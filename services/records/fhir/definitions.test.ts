import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { loadDefinitions } from './definitions.ts';

const folder = mkdtempSync(join(tmpdir(), 'healthchain-fhir-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const cached = () => readdirSync(folder).map((name) => join(folder, name));

test('the definitions are prepared once, and read from the cache from then on', async () => {
  const first = await loadDefinitions(folder);
  const [file, ...others] = cached();
  assert.deepEqual(others, []);
  assert.deepEqual(await loadDefinitions(folder), first);
  writeFileSync(file!, JSON.stringify({ ...first, patientCompartment: {} }));
  assert.deepEqual((await loadDefinitions(folder)).patientCompartment, {});
});

test('a cache that was cut off is prepared anew', async () => {
  const [file] = cached();
  writeFileSync(file!, readFileSync(file!).subarray(0, 1000));
  assert.ok((await loadDefinitions(folder)).types.Observation);
  assert.ok(JSON.parse(readFileSync(file!, 'utf8')).types.Observation);
});

test('a folder that cannot be written to is done without', async () => {
  const [file] = cached();
  const { types, searchParameters } = await loadDefinitions(join(file!, 'below a file'));
  assert.ok(types['Observation.component']);
  assert.ok(searchParameters.Observation?.some(({ code }) => code === 'combo-code'));
});
