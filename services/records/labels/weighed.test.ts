import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { permits, type ResidualRule } from '../../../contracts/rules/residual.ts';
import { actCode, confidentiality, isSensitivityCode } from '../../../contracts/rules/vocabulary.ts';
import { factsOf } from '../fhir/facts.ts';
import { labeller, labelsOf } from './labeller.ts';
import { type Label, marked } from './marks.ts';
import { labelTable } from './table.ts';

const { labelled } = labeller(labelTable({}));
const label = (code: string): Label => ({ system: isSensitivityCode(code) ? actCode : confidentiality, code });
const resource = (...codes: string[]) =>
  labelled({ resourceType: 'Observation', id: '1', meta: { security: codes.map(label) } });
/** What consent looks at. */
const seen = (...codes: string[]) => factsOf(resource(...codes), 'northgate').labels.map(({ code }) => code);

test('R that stands for sensitivities is them, with what is stated below it; everything else counts', () => {
  assert.deepEqual(
    labelsOf(resource('N', 'HIV')).map(({ code }) => code),
    ['N', 'HIV', 'R'],
  );
  assert.deepEqual(seen('N', 'HIV'), ['HIV']);
  assert.deepEqual(seen('HIV', 'PSY'), ['HIV', 'PSY']);
  assert.deepEqual(seen('R', 'HIV'), ['R', 'HIV']);
  assert.deepEqual(seen('V', 'HIV'), ['V', 'HIV']);
  assert.deepEqual(seen('N'), ['N']);
  assert.deepEqual(seen(), []);
});

test('an R from elsewhere that stands for nothing here is its author’s', () => {
  const alone = marked(label('R'), 'high-water-mark');
  const kept = labelled({ resourceType: 'Observation', meta: { security: [alone] } });
  assert.deepEqual(labelsOf(kept), [label('R')]);
});

test('property: what consent permits so, it permits with the R too, or it names every sensitivity', () => {
  const codes = fc.uniqueArray(fc.constantFrom('N', 'L', 'HIV', 'PSY', 'SDV'), { minLength: 1 });
  const named = fc.option(fc.uniqueArray(fc.constantFrom('N', 'R', 'V', 'HIV', 'PSY'), { minLength: 1 }), {
    nil: undefined,
  });
  const rule = fc.record({ type: fc.constantFrom('permit' as const, 'forbid' as const), named });
  const policy = fc.constantFrom('named' as const, undefined);
  fc.assert(
    fc.property(codes, rule, fc.array(rule, { maxLength: 2 }), policy, (stated, outer, inner, of) => {
      const tree: ResidualRule = { ...ruleOf(outer), rules: inner.map(ruleOf) };
      const residual = { any: [{ rule: tree, ...(of && { policy: of }) }] };
      const facts = factsOf(resource(...stated), 'northgate');
      const plain = { ...facts, labels: labelsOf(resource(...stated)) };
      if (!permits(residual, facts) || permits(residual, plain)) return;
      const names = new Set([outer, ...inner].flatMap((each) => (each.type === 'permit' ? (each.named ?? []) : [])));
      for (const { code } of facts.labels) assert.ok(names.has(code as never), code);
    }),
    { numRuns: 5000 },
  );
});

const ruleOf = ({ type, named }: { type: 'permit' | 'forbid'; named?: string[] | undefined }): ResidualRule => ({
  type,
  ...(named && { labels: named.map(label) }),
});
