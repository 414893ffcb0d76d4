import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ResourceFacts } from './facts.ts';
import { type DataReference, type Filter, permits, type ResidualRule } from './residual.ts';
import * as a from './testing/given.ts';

/** Whether a rule of this type with this filter matches. */
const matches = (type: 'permit' | 'forbid', filter: Filter, change: Partial<ResourceFacts>) => {
  const forbidden: ResidualRule = { type: 'permit', rules: [{ type, ...filter }] };
  const rule = type === 'permit' ? { type, ...filter } : forbidden;
  return permits({ any: [{ rule }] }, a.facts(change)) === (type === 'permit');
};
const labelled = (type: 'permit' | 'forbid', ...wanted: string[]) =>
  [[], ['L'], ['N'], ['R'], ['V'], ['X'], ['PSY'], ['N', 'PSY'], ['R', 'PSY'], ['N', 'R']]
    .filter((codes) => matches(type, { labels: a.labels(...wanted) }, { labels: a.labels(...codes) }))
    .map((codes) => codes.join('+'));

test('a permit for N covers what is normal or below, one for another code just that', () => {
  assert.deepEqual(labelled('permit', 'N'), ['', 'L', 'N', 'N+PSY']);
  assert.deepEqual(labelled('permit', 'R'), ['R', 'R+PSY', 'N+R']);
  assert.deepEqual(labelled('permit', 'PSY'), ['PSY', 'N+PSY', 'R+PSY']);
});

test('a forbid covers what is stricter too, and what is not known', () => {
  assert.deepEqual(labelled('forbid', 'R'), ['R', 'V', 'X', 'PSY', 'R+PSY', 'N+R']);
  assert.deepEqual(labelled('forbid', 'PSY'), ['PSY', 'N+PSY', 'R+PSY']);
});

test('a label about handling is no sensitivity', () => {
  const handling = [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'HTEST' }];
  assert.ok(permits({ any: [{ rule: { type: 'permit' }, policy: 'named' }] }, a.facts({ labels: handling })));
  const foreign = [{ system: 'http://elsewhere.example', code: 'secret' }];
  assert.ok(!permits({ any: [{ rule: { type: 'permit' }, policy: 'named' }] }, a.facts({ labels: foreign })));
});

test('a permit for a time frame covers what surely lies in it, a forbid what may', () => {
  const dataPeriod = { start: a.day('2022-01-01'), end: a.day('2023-01-01') };
  const match = (type: 'permit' | 'forbid', start: string, end = start) =>
    matches(type, { dataPeriod }, { periodStart: start, periodEnd: end });
  for (const surely of ['2022', '2022-01-01', '2022-12-31'])
    assert.ok(match('permit', surely) && match('forbid', surely), surely);
  for (const outside of ['2021-12-31', '2023-01-01', '2023'])
    assert.ok(!match('permit', outside) && !match('forbid', outside), outside);
  assert.deepEqual(
    [match('permit', '2021-12-31', '2022-01-01'), match('forbid', '2021-12-31', '2022-01-01')],
    [false, true],
  );
  assert.deepEqual([match('permit', ''), match('forbid', '')], [false, true]);
  assert.deepEqual([match('permit', '2022-06', ''), match('forbid', '2022-06', '')], [false, true]);
  assert.deepEqual([match('permit', 'in spring'), match('forbid', 'in spring')], [false, true]);
});

test('the dates of resources are days in the zone of the residual', () => {
  const rule = { type: 'permit', dataPeriod: { start: a.day('2022-01-01') - 3600_000 } } as const;
  const facts = a.facts({ periodStart: '2022-01-01', periodEnd: '2022-01-01' });
  assert.ok(permits({ any: [{ rule }], zone: 60 }, facts));
  assert.ok(!permits({ any: [{ rule }], zone: 61 }, facts));
});

test('data names a resource, what refers to it, or its author', () => {
  const match = (meaning: DataReference['meaning'], reference: string, change: Partial<ResourceFacts>) =>
    matches('permit', { data: [{ meaning, reference }] }, change);
  assert.ok(match('instance', 'Observation/o', {}));
  assert.ok(!match('instance', 'Encounter/e', { references: ['Encounter/e'] }));
  for (const meaning of ['related', 'dependents'] as const) {
    assert.ok(match(meaning, 'Encounter/e', { references: ['Encounter/e'] }));
    assert.ok(match(meaning, 'Encounter/e', { type: 'Encounter', id: 'e' }));
  }
  assert.ok(match('authoredby', 'Practitioner/anna', { authors: ['Practitioner/anna'] }));
  assert.ok(match('authoredby', 'Organization/east', {}));
  assert.ok(!match('authoredby', 'Organization/west', {}));
});
