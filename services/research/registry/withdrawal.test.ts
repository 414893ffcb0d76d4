import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { recorded } from './registry.ts';
import { brokenRules, everybodyIn, localRelease, plainOf } from './testing/plain.ts';
import { checkRelease } from './verdict.ts';
import { withoutSubjects } from './withdrawal.ts';

const persons = Array.from({ length: 40 }, (_, index) => ({ age: index % 8, value: (index >> 3) % 3 }));
const all = [...persons.keys()];
const notes = { id: 'r1', definition: '', consentSnapshot: '', parameters: '', output: '', releasedAt: 0 };

test('whoever has withdrawn is in nothing that is released afterwards, whatever the registry changes', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(39), { minLength: 1, maxLength: 12 }), (gone) => {
      const first = localRelease(persons, all, 3);
      const registry = recorded(everybodyIn(persons), first, notes);
      const candidate = withoutSubjects(localRelease(persons, all, 3), new Set(gone));
      const verdict = checkRelease(registry, candidate, { k: 3, l: 2, mostWithheld: 1 });
      if (verdict.verdict === 'refused') return;
      assert(plainOf(verdict.candidate).every(({ person }) => !gone.includes(person)));
      const broken = brokenRules([plainOf(first)], plainOf(verdict.candidate), { k: 3, l: 2 });
      assert.deepEqual([...broken], []);
    }),
  );
});

test('a release that everybody left is empty, and refused', () => {
  const candidate = withoutSubjects(localRelease(persons, all, 3), new Set(all));
  assert.equal(candidate.recoding.classes, 0);
  const verdict = checkRelease(everybodyIn(persons), candidate, { k: 3, l: 2, mostWithheld: 1 });
  assert.deepEqual(verdict, { verdict: 'refused', objections: [{ reason: 'nothing-left', releases: [] }] });
});
