import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { loadFhir } from './fhir.ts';
import { base, problems } from './testing.ts';

const folder = '../shared/data/synthea-r4';
const skip = existsSync(folder) ? false : `NOT RUN: ${folder} is not there`;

interface Bundle {
  entry: { fullUrl: string; resource: { resourceType: string; id: string } }[];
}

/** The resources of a transaction bundle, its own references resolved. */
function resourcesOf(text: string): Bundle['entry'][number]['resource'][] {
  const { entry } = JSON.parse(text) as Bundle;
  const known = new Map(entry.map(({ fullUrl, resource }) => [fullUrl, `${resource.resourceType}/${resource.id}`]));
  const resolved = JSON.parse(text, (key, value) =>
    key === 'reference' ? (known.get(value) ?? value) : value,
  ) as Bundle;
  return resolved.entry.map(({ resource }) => resource);
}

suite('the bundles of Synthea', { skip }, async () => {
  const { validate, termsOf, patientsOf, mayConcernPatient, factsOf, parseSearch, matches } = await loadFhir({ base });
  const files = skip ? [] : readdirSync(folder).filter((name) => name.endsWith('.gz'));

  for (const file of files)
    test(file.slice(0, 24), () => {
      const text = gunzipSync(readFileSync(join(folder, file))).toString();
      assert.deepEqual(
        problems(() => validate(JSON.parse(text), 'Bundle')),
        [],
      );
      for (const resource of resourcesOf(text)) {
        const { resourceType: type, id } = resource;
        assert.deepEqual(
          problems(() => validate(resource, type)),
          [],
          `${type}/${id}`,
        );
        const terms = termsOf(resource);
        assert.ok(matches(parseSearch(type, `_id=${id}`), terms));
        const patients = patientsOf(resource);
        assert.equal(patients.length, mayConcernPatient(type) ? 1 : 0, `${type}/${id}`);
        if (patients[0] && type !== 'Patient')
          assert.ok(matches(parseSearch(type, `${terms.patient ? 'patient' : 'subject'}=${patients[0]}`), terms));
        const { periodStart } = factsOf(resource, 'author');
        assert.ok(periodStart || !mayConcernPatient(type) || ['Patient', 'Goal'].includes(type), `${type}/${id}`);
      }
    });
});
