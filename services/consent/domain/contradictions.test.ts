import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json } from '../../../contracts/rules/criteria.ts';
import { parseStatement } from '../../../contracts/rules/parse.ts';
import { deny, deployment, permit, recipient } from '../../../contracts/rules/testing/given.ts';
import { contradictionsIn } from './contradictions.ts';

const found = (provision: Json) => contradictionsIn(parseStatement({ provision }, deployment).root);
const types = (...codes: string[]) => ({
  class: codes.map((code) => ({ system: 'http://hl7.org/fhir/resource-types', code })),
});

test('a permit and a denial of the same among siblings: the denial counts', () => {
  const both = [permit(types('Condition')), deny(types('Condition', 'Observation'))];
  assert.deepEqual(found(deny({ provision: both })), [
    'provision.provision[0] permits what provision.provision[1] denies: where both match, it is denied.',
  ]);
  assert.deepEqual(found(deny({ provision: [permit(types('Condition')), deny(types('Observation'))] })), []);
  const west = permit({ actor: [recipient('Organization/west')] });
  assert.deepEqual(found(deny({ provision: [west, deny({ actor: [recipient('Organization/east')] })] })), []);
  const past = deny({ actor: [recipient('Organization/west')], period: { end: '2020-01-01' } });
  const later = { ...west, period: { start: '2026-01-01' } };
  assert.deepEqual(found(deny({ provision: [later, past] })), []);
});

test('a provision that takes back all of the one around it', () => {
  assert.deepEqual(found(permit({ provision: [deny({})] })), [
    'provision.provision[0] takes back all that provision permits.',
  ]);
  assert.deepEqual(found(permit({ provision: [deny(types('Condition'))] })), []);
});
