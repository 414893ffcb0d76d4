import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ResourceFacts } from '../../../contracts/rules/facts.ts';
import { permits, type ResidualRule } from '../../../contracts/rules/residual.ts';
import { numRuns } from '../../../contracts/rules/testing/given.ts';
import { actCode, confidentiality } from '../../../contracts/rules/vocabulary.ts';
import { reachOf } from './reach.ts';

const psychiatric = { system: actCode, code: 'PSY' };
const restricted = { system: confidentiality, code: 'R' };
const permit: ResidualRule = { type: 'permit' };

test('all, some or none, by what else a rule asks', () => {
  const under = (rule: ResidualRule) => ({ any: [{ rule, policy: 'named' as const }] });
  assert.deepEqual([reachOf(under(permit)), reachOf(under(permit), psychiatric)], ['all', 'none']);
  assert.equal(reachOf(under({ type: 'permit', types: ['Condition'] })), 'some');
  assert.equal(reachOf(under({ type: 'permit', labels: [psychiatric] }), psychiatric), 'all');
  assert.equal(reachOf({ any: [] }), 'none');
  assert.equal(reachOf(under({ ...permit, rules: [{ type: 'forbid', types: ['Condition'] }] })), 'some');
  assert.equal(reachOf({ any: [{ rule: permit, policy: 'break-glass' }] }, restricted), 'all');
});

const label = fc.constantFrom(psychiatric, restricted, { system: confidentiality, code: 'N' });
const filter = fc.record(
  {
    types: fc.subarray(['Condition', 'Observation'], { minLength: 1 }),
    labels: fc.uniqueArray(label, { minLength: 1, maxLength: 2 }),
    authorOrganization: fc.constantFrom('a', 'b'),
  },
  { requiredKeys: [] },
);
const rule = (depth: number): fc.Arbitrary<ResidualRule> =>
  fc
    .tuple(
      fc.constantFrom('permit' as const, 'forbid' as const),
      filter,
      depth > 0 ? fc.array(rule(depth - 1), { maxLength: 2 }) : fc.constant<ResidualRule[]>([]),
    )
    .map(([type, filters, rules]) => ({ type, ...filters, ...(rules.length > 0 && { rules }) }));
const permission = fc.record({
  rule: rule(2),
  policy: fc.constantFrom('named' as const, 'break-glass' as const, undefined),
});
const facts = fc.record({
  type: fc.constantFrom('Condition', 'Observation', 'Procedure'),
  authorOrganization: fc.constantFrom('a', 'b', 'c'),
});

test('what it says for certain holds of each resource with the label', () => {
  fc.assert(
    fc.property(fc.array(permission, { maxLength: 2 }), fc.option(label), facts, (any, of, more) => {
      const residual = { any: any.map(({ policy, ...rest }) => ({ ...rest, ...(policy && { policy }) })) };
      const reach = reachOf(residual, of ?? undefined);
      const one: ResourceFacts = {
        ...{ id: 'x', authors: [], codes: [], references: [], periodStart: '', periodEnd: '' },
        ...{ labels: of ? [of] : [], ...more },
      };
      if (reach !== 'some') assert.equal(permits(residual, one), reach === 'all');
    }),
    { numRuns },
  );
});
