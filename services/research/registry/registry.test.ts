import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Failure } from '../../../kernel/errors.ts';
import { publishedText } from '../engine/recoding.ts';
import type { Candidate } from './candidate.ts';
import { findingsOf } from './check.ts';
import { emptyRegistry, type Registry, recorded, withSubjects } from './registry.ts';
import { emptySubjects, erased, numbered, pseudonymOf } from './subjects.ts';
import {
  brokenRules,
  drawnRelease,
  everybodyIn,
  localRelease,
  type PlainRelease,
  plainOf,
  population,
} from './testing/plain.ts';
import { checkRelease, publishedOf } from './verdict.ts';

const notesOf = (id: string) => ({
  id,
  definition: 'd',
  consentSnapshot: 'c',
  parameters: 'p',
  output: 'o',
  releasedAt: 0,
});
const limits = { k: 2, l: 2 };
const everybody = Array.from({ length: 40 }, (_, index) => ({ age: index % 8, value: (index >> 3) % 3 }));
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);
const record = (registry: Registry, candidate: Candidate) =>
  recorded(registry, candidate, notesOf(`${registry.releases.length}`));

test('what is found is what the rules say, word for word, whatever was released before', () => {
  const classes = fc.array(fc.integer({ min: -1, max: 3 }), { minLength: 40, maxLength: 40 });
  const coarse = fc
    .tuple(fc.integer({ min: 1, max: 20 }), fc.boolean())
    .map(([size, all]) => range(0, 40).map((person) => (!all && person >= 20 ? -1 : Math.floor(person / size) % 4)));
  const drawn = fc.array(fc.oneof(classes, coarse), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(population, drawn, fc.integer({ min: 1, max: 4 }), (persons, releases, k) => {
      let registry = everybodyIn(persons);
      const old: PlainRelease[] = [];
      for (const each of releases) {
        const candidate = drawnRelease(persons, each);
        const found = new Set(findingsOf(registry, candidate, { k, l: 2 }).map(({ reason }) => reason));
        const expected = brokenRules(old, plainOf(candidate), { k, l: 2 });
        assert.deepEqual([...found].sort(), [...expected].sort());
        if (expected.size) return;
        registry = record(registry, candidate);
        old.push(plainOf(candidate));
      }
    }),
    { numRuns: 400 },
  );
});

test('whatever is released one after the other, every release that the registry lets out keeps every rule', () => {
  const cohorts = fc.array(fc.uniqueArray(fc.nat(39), { minLength: 8 }), { minLength: 2, maxLength: 5 });
  fc.assert(
    fc.property(cohorts, fc.boolean(), (sets, whole) => {
      let registry = everybodyIn(everybody);
      const old: PlainRelease[] = [];
      for (const inside of whole ? [range(0, 40), ...sets] : sets) {
        const verdict = checkRelease(registry, localRelease(everybody, inside, 2), { ...limits, mostWithheld: 0.5 });
        if (verdict.verdict === 'refused') continue;
        const { candidate } = verdict;
        assert.deepEqual([...brokenRules(old, plainOf(candidate), limits)], []);
        assert(publishedOf(candidate) > 0);
        registry = record(registry, candidate);
        old.push(plainOf(candidate));
      }
    }),
    { numRuns: 200 },
  );
});

test('given a release, when one person has left, then their class is withheld and all others are as they were', () => {
  const first = localRelease(everybody, range(0, 40), 5);
  const registry = record(everybodyIn(everybody), first);
  const again = localRelease(everybody, range(1, 40), 5);
  const rules = { k: 5, l: 2, mostWithheld: 0.2 };
  const verdict = checkRelease(registry, again, rules);
  assert(verdict.verdict === 'changed');
  assert.deepEqual(verdict.changes, ['frozen', 'withheld']);
  assert.equal(verdict.withheld, 4);
  assert(verdict.objections.some(({ reason }) => reason === 'small-atom'));
  const texts = ({ recoding, subjects }: Candidate) =>
    new Map(
      Array.from(subjects, (subject, row) => [subject, [recoding.classOf[row]!, row]] as const).map(
        ([subject, [id]]) => [subject, id < 0 ? undefined : publishedText(recoding, id, 0)],
      ),
    );
  const [before, after] = [texts(first), texts(verdict.candidate)];
  for (const [subject, text] of after) assert.equal(text, subject % 8 === 0 ? undefined : before.get(subject));
  assert.deepEqual(checkRelease(registry, again, { ...rules, mostWithheld: 0.05 }).verdict, 'refused');
});

test('fewer than k people of an atom are missing though their whole class is: it is found all the same', () => {
  const classes = (of: (person: number) => number) => drawnRelease(everybody, range(0, 40).map(of));
  // the first class of the first release loses all but its first three people to the second release
  const first = classes((person) => Math.floor(person / 20));
  const second = classes((person) => (person < 3 || person >= 30 ? -1 : Math.floor(person / 20)));
  const third = classes((person) => (person < 20 ? -1 : 1));
  const registry = record(record(everybodyIn(everybody), first), second);
  const reasons = findingsOf(registry, third, { k: 5, l: 2 }).map(({ reason }) => reason);
  assert(reasons.includes('small-atom'));
});

test('the same release again is accepted; the registry refuses its id, people it does not know and people named twice', () => {
  const candidate = localRelease(everybody, range(0, 40), 5);
  const registry = record(everybodyIn(everybody), candidate);
  assert.equal(checkRelease(registry, candidate, { ...limits, mostWithheld: 0 }).verdict, 'accepted');
  const code = (expected: string) => (error: unknown) => error instanceof Failure && error.code === expected;
  assert.throws(() => recorded(registry, candidate, notesOf('0')), code('duplicate'));
  const twice = { ...candidate, subjects: candidate.subjects.map(() => 3) };
  assert.throws(() => findingsOf(registry, twice, limits), code('structure'));
  const stranger = { ...candidate, subjects: candidate.subjects.map((subject) => subject + 1) };
  assert.throws(() => findingsOf(registry, stranger, limits), code('not-found'));
});

test('newcomers are released beside the frozen partition, in classes of their own', () => {
  const registry = record(everybodyIn(everybody), localRelease(everybody, range(0, 24), 3));
  const verdict = checkRelease(registry, localRelease(everybody, range(0, 40), 2), { ...limits, mostWithheld: 0.1 });
  assert.notEqual(verdict.verdict, 'refused');
  assert(verdict.verdict !== 'refused' && publishedOf(verdict.candidate) >= 36);
});

test('the chain of hashes tells every change of a release', () => {
  const candidate = localRelease(everybody, range(0, 40), 5);
  const head = (changed: Candidate, id = '0') => recorded(everybodyIn(everybody), changed, notesOf(id)).head;
  assert.equal(head(candidate), head(candidate));
  const other = { ...candidate, sensitive: candidate.sensitive.map((value, row) => (row ? value : (value + 1) % 3)) };
  assert.equal(
    new Set([head(candidate), head(other), head(candidate, '1'), emptyRegistry('everybody', 3).head]).size,
    4,
  );
});

test('a person keeps their number, whatever comes between; erased, they are somebody new, and every class keeps its size', () => {
  const key = new Uint8Array(32).fill(1);
  fc.assert(
    fc.property(fc.array(fc.array(fc.nat(200).map(String), { maxLength: 60 }), { maxLength: 6 }), (visits) => {
      let subjects = emptySubjects();
      const numbers = new Map<string, number>();
      for (const people of visits) {
        const words = Uint32Array.from(people.flatMap((patient) => [...pseudonymOf(key, patient)]));
        const next = numbered(subjects, words);
        subjects = next.subjects;
        for (const [index, patient] of people.entries()) {
          if (!numbers.has(patient)) numbers.set(patient, numbers.size);
          assert.equal(next.numbers[index], numbers.get(patient));
        }
      }
      assert.equal(subjects.count, numbers.size);
    }),
  );
  const anna = pseudonymOf(key, 'anna');
  const { subjects } = numbered(emptySubjects(), anna);
  const gone = erased(subjects, 0, Uint32Array.of(9, 9, 9, 9));
  assert(!gone.words.includes(anna[1]!));
  assert.equal(numbered(gone, anna).numbers[0], 1);
  assert.notDeepEqual(pseudonymOf(new Uint8Array(32), 'anna'), anna);
});

test('a registry takes people in without forgetting what was released', () => {
  const candidate = localRelease(everybody, range(0, 40), 5);
  const before = record(everybodyIn(everybody), candidate);
  const { registry, numbers } = withSubjects(before, Uint32Array.of(999, 1, 2, 3, 5, 1, 2, 3));
  assert.deepEqual([...numbers], [40, 5]);
  assert.equal(registry.atomOf[40], 0);
  assert.deepEqual(registry.possible.slice(0, 40), before.possible);
});
