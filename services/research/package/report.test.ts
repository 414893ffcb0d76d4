import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '../../../kernel/errors.ts';
import { columnOf } from '../engine/table.ts';
import { contentsOf } from './contents.ts';
import { htmlOf } from './html.ts';
import { publish } from './published.ts';
import { type RegistryWord, reportOf } from './report.ts';
import { leastSupport, releasedSets } from './sets.ts';
import { contents, notesOf, people } from './testing/release.ts';

const { people: pseudonyms, ...anonymised } = people();
const report = reportOf(anonymised, notesOf(pseudonyms));

test('the rows are those that are not suppressed, in an order that does not tell the source’s', () => {
  const { columns, rows } = publish(anonymised);
  assert.deepEqual(
    columns.map(({ name, role }) => [name, role]),
    [
      ['age', 'quasi-identifier'],
      ['sex', 'quasi-identifier'],
      ['reason', 'sensitive'],
      ['diseases', 'set'],
    ],
  );
  assert.equal(rows.length, 400);
  const { table, recoding, sets } = anonymised;
  const upside = <T extends ArrayLike<unknown> & { slice(): { reverse(): T } }>(array: T): T => array.slice().reverse();
  const reversed = {
    ...anonymised,
    table: { ...table, columns: table.columns.map((column) => ({ ...column, codes: upside(column.codes) })) },
    recoding: { ...recoding, classOf: upside(recoding.classOf) },
    sets: sets.map((set) => ({ ...set, recoding: { ...set.recoding, sets: [...set.recoding.sets].reverse() } })),
  };
  assert.deepEqual(publish(reversed).rows, rows);
});

test('a release of nobody is refused', () => {
  const none = { ...anonymised, recoding: { ...anonymised.recoding, classOf: new Int32Array(407).fill(-1) } };
  assert.throws(
    () => publish(none),
    (error) => error instanceof Failure && error.code === 'business-rule',
  );
});

test('who was left out is told by the rule of counts only, for every group that can be', () => {
  const { all, by, groups } = report.suppressed;
  assert.deepEqual(all, { fewerThan: 40 });
  assert.deepEqual(by, ['sex', 'age']);
  const bands = columnOf(anonymised.table, 'age').hierarchy.levels[3]!;
  assert.equal(groups.length, 2 * new Set(bands).size);
  for (const { people: told } of groups) assert.deepEqual(told, { fewerThan: 40 });
});

test('no number in the report gives away how many were left out', () => {
  const numbers = JSON.stringify(report)
    .match(/\d+(\.\d+)?/g)!
    .map(Number);
  for (const secret of [7, 407, 407 / 400, 7 / 407, 400 / 407]) assert(!numbers.includes(secret), String(secret));
  const all = people(400);
  const without = { ...report, suppressed: undefined, loss: { ...report.loss, queryError: undefined } };
  const classOf = all.recoding.classOf.slice(0, 400);
  const columns = all.table.columns.map((column) => ({ ...column, codes: column.codes.slice(0, 400) }));
  const table = { rows: 400, columns };
  const quasi = all.recoding.quasi.map(({ name }) => columnOf(table, name));
  const fromReleased = reportOf(
    { ...all, table, recoding: { ...all.recoding, quasi, classOf } },
    notesOf(all.people.slice(0, 400)),
  );
  const again = { ...fromReleased, suppressed: undefined, loss: { ...fromReleased.loss, queryError: undefined } };
  assert.deepEqual(again, without);
});

test('a person with two rows is refused: a class would have fewer people than rows', () => {
  const twice = [...pseudonyms.slice(1), pseudonyms[1]!];
  assert.throws(() => reportOf(anonymised, notesOf(twice)), /more than one row/);
});

test('the page needs nothing else, runs nothing, and shows and says each chart', () => {
  const page = Buffer.from(htmlOf('Home & <away>', report)).toString();
  assert.match(page, /Home &amp; &lt;away&gt;/);
  assert.doesNotMatch(page, /<script|<link|<img|https?:|url\(|\son\w+=/);
  assert.equal(page.match(/<svg [^>]*role="img" aria-label="[^"]+; [^"]+"/g)!.length, 3);
  assert.equal(page.match(/<table><caption>/g)!.length, 2);
  assert.equal(page.match(/class="met"/g)!.length, 4);
  assert.doesNotMatch(page, /not met|NaN|undefined|Infinity/);
});

test('what the registry said is told in words, with its reason codes', () => {
  const page = (registry: RegistryWord) => Buffer.from(htmlOf('x', { ...report, registry })).toString();
  assert.match(
    page({ verdict: 'accepted', beside: 1, changes: [], objections: [] }),
    /1 earlier release, it was accepted/,
  );
  const objections = [{ reason: 'small-overlap', releases: ['0123456789abcdef'] }];
  const changed = page({ verdict: 'changed', beside: 2, changes: ['frozen', 'withheld'], objections });
  for (const words of [/used again; classes were left out/, /small-overlap/, /01234567</]) assert.match(changed, words);
  assert.doesNotMatch(Buffer.from(htmlOf('x', report)).toString(), /earlier releases/);
});

test('many sizes of classes are told in groups that double', () => {
  const classSizes = Array.from({ length: 30 }, (_, at) => ({ size: 11 + at, classes: 1 }));
  const page = Buffer.from(htmlOf('x', { ...report, classSizes })).toString();
  assert.match(page, /11 to 21 rows.*22 to 43 rows/);
});

test('a rule that the rows do not meet is shown as such', () => {
  const page = Buffer.from(htmlOf('x', { ...report, model: { ...report.model, k: 1000 } })).toString();
  assert.match(page, /not met/);
});

test('rows that do not reach what was asked make no package', () => {
  const { model, sets } = anonymised;
  const wording = { title: 'x', descriptions: {} };
  const stricter = [
    { ...anonymised, model: { ...model, k: 1000 } },
    { ...anonymised, sets: sets.map((set) => ({ ...set, k: 1000 })) },
  ];
  for (const each of stricter)
    assert.throws(
      () => contentsOf(each, notesOf(pseudonyms), wording),
      (error) => error instanceof Failure && error.code === 'business-rule' && /they miss/.test(error.message),
    );
});

test('what only suppressed rows support is no support: a group that they alone have is not published', () => {
  const { recoding, sets } = anonymised;
  const { hierarchy } = sets[0]!;
  const rows = Array.from(recoding.classOf, (id) => (id < 0 ? [3] : [0]));
  const again = releasedSets(recoding, 'diseases', hierarchy, rows, 2);
  assert.deepEqual([...new Set(again.recoding.sets.flat())], [0]);
  assert.equal(leastSupport([[1, 2], [2, 1], [2], [3, 3]], 2), 1);
  assert.equal(leastSupport([[1, 2], [2, 1], [2]], 2), 2);
  assert.equal(leastSupport([[]], 2), 0);
});

test('no pseudonym is in any file, and equal releases have equal bytes', () => {
  const [one, other] = [contents(), contents()];
  for (const [name, bytes] of Object.entries(one)) {
    assert.deepEqual(bytes, other[name as keyof typeof other], name);
    assert(!Buffer.from(bytes).includes('pseudonym'), name);
  }
});
