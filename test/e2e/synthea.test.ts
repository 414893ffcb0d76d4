import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, test } from 'node:test';
import type { Bundle, Patient } from '@medplum/fhirtypes';
import { bundleFiles, readBundle } from '../../cli/bundles.ts';
import { cli } from '../../cli/testing.ts';
import { type Scene, scene } from '../scene.ts';
import { found } from './secrets.ts';

const folder = '../shared/data/synthea-r4';
const missing = existsSync(folder) ? false : `NOT RUN: ${folder}`;

let stage: Scene;
let bundles: Bundle[];
before(async () => {
  if (missing) return;
  const files = await bundleFiles(folder);
  bundles = (await Promise.all(files.map(readBundle))).map(({ bundle }) => bundle);
  stage = await scene();
});
after(() => stage?.dispose());

const load = () => cli('import', folder, '--as', 'dr.adler', '--json', '--server', stage.platform.url);
const patientOf = ({ entry = [] }: Bundle) =>
  entry.find(({ resource }) => resource?.resourceType === 'Patient')!.resource as Patient;

test('the bundles load whole; loaded again, nothing is added', { skip: missing }, async () => {
  const first = await load();
  assert.equal(first.code, 0, first.err);
  const resources = bundles.reduce((sum, { entry = [] }) => sum + entry.length, 0);
  const { files, failed, resources: loaded } = JSON.parse(first.out);
  assert.deepEqual([files, failed, loaded], [bundles.length, [], resources]);
  const before = await counts();
  assert.equal((await load()).code, 0);
  assert.deepEqual(await counts(), before);
});

/** Of each type, how many resources of the bundles' first patient and of the shared types there are. */
async function counts(): Promise<Record<string, number>> {
  const id = await idOf(bundles[0]!);
  const total = async (query: string) => (await stage.author.call(`/fhir/${query}_summary=count`)).body.total;
  return {
    organizations: await total('Organization?'),
    practitioners: await total('Practitioner?'),
    observations: await total(`Observation?patient=${id}&`),
    encounters: await total(`Encounter?patient=${id}&`),
  };
}

async function idOf(bundle: Bundle): Promise<string> {
  const { system, value } = patientOf(bundle).identifier!.find(({ type }) => type?.coding?.[0]?.code === 'MR')!;
  const { body } = await stage.author.call(`/fhir/Patient?identifier=${encodeURIComponent(`${system}|${value}`)}`);
  assert.equal(body.entry?.length, 1);
  return body.entry[0].resource.id;
}

test('a patient’s records come back as they were filed', { skip: missing }, async () => {
  const bundle = bundles[1]!;
  const patient = await idOf(bundle);
  const filed = Object.groupBy(bundle.entry!, ({ resource }) => resource!.resourceType);
  for (const type of ['Observation', 'Condition', 'Encounter', 'Procedure', 'Immunization'] as const) {
    const { body } = await stage.author.call(`/fhir/${type}?patient=${patient}&_summary=count`);
    assert.equal(body.total, filed[type]?.length ?? 0, type);
  }
  const { body } = await stage.author.call(`/fhir/Patient/${patient}`);
  const { name, birthDate, identifier } = patientOf(bundle);
  assert.deepEqual([body.name, body.birthDate, body.identifier], [name, birthDate, identifier]);
});

test('Organization and Practitioner of several bundles are one', { skip: missing }, async () => {
  const identifiers = new Set(
    bundles
      .flatMap(({ entry = [] }) => entry)
      .filter(({ resource }) => resource?.resourceType === 'Practitioner')
      .map(({ resource }) => (resource as { identifier: { value: string }[] }).identifier[0]!.value),
  );
  const { body } = await stage.author.call('/fhir/Practitioner?_summary=count');
  assert.equal(body.total, identifiers.size);
});

test('nothing of it is readable in any stored byte', { skip: missing }, async () => {
  const secrets = bundles
    .map(patientOf)
    .flatMap(({ name, identifier, address, telecom, birthDate }) => [
      ...name!.flatMap(({ family, given = [] }) => [family!, ...given]),
      ...identifier!.map(({ value }) => value!),
      ...(address ?? []).flatMap(({ line = [] }) => line),
      ...(telecom ?? []).map(({ value }) => value!),
      birthDate!,
    ]);
  const long = [...new Set(secrets)].filter((secret) => secret.length >= 7);
  assert.ok(found(long, Buffer.from(JSON.stringify(bundles))).length > 200, 'the test sees what is readable');
  await stage.platform.stop();
  assert.deepEqual((await stage.platform.stored(long)).hits, []);
});
