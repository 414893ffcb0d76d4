import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readExtract } from '../rows/person.ts';
import { readPrivacy } from './plan.ts';

const column = ['born', 'sex', 'city'].map((name) => ({ name, path: name === 'born' ? 'birthDate' : 'gender' }));
const condition = { resource: 'Condition', select: [{ column: [{ name: 'reason', path: 'code.text' }] }] };
const extract = readExtract({
  person: { resource: 'Patient', select: [{ column }] },
  columns: [
    { column: 'born', as: 'age', at: '2026-01-01' },
    { column: 'sex', as: 'text' },
    { column: 'city', as: 'text' },
    { column: 'reason', as: 'text', view: condition },
  ],
  sets: [{ name: 'drugs', as: 'text', view: condition }],
});
const reasons = [
  ['heart', 'organ', '*'],
  ['lung', 'organ', '*'],
  ['skin', 'skin', '*'],
  ['nerve', 'nerve', '*'],
];
const columns = {
  born: { role: 'quasi-identifier' },
  sex: { role: 'quasi-identifier', hierarchy: 'female;*\nmale;*\n' },
  city: { role: 'dropped' },
  reason: { role: 'sensitive', hierarchy: reasons, level: 1, description: 'Why they came.' },
  drugs: { role: 'set' },
};

test('what a definition leaves open is as strict as the platform’s own rules', () => {
  const { model, sensitive, sets, suppression, hierarchies, descriptions } = readPrivacy({ columns }, extract);
  const diversity = { kind: 'distinct', l: 3 };
  assert.deepEqual(model, {
    ...{ quasiIdentifiers: ['born', 'sex'], k: 11 },
    sensitive: { column: 'reason', level: 1, diversity, closeness: { t: 0.3, distance: 'equal' } },
  });
  const groups = ['organ', 'skin', 'nerve', 'unknown'];
  assert.deepEqual(sensitive, { column: 'reason', level: 1, l: 3, source: 'Condition', groups });
  assert.deepEqual([sets, suppression, Object.keys(hierarchies)], [['drugs'], 0.05, ['sex', 'reason']]);
  assert.deepEqual(descriptions, { reason: 'Why they came.' });
});

test('it may be stricter and never laxer', () => {
  const reason = { ...columns.reason, level: 0 };
  const strict = readPrivacy({ columns: { ...columns, reason }, k: 20, l: 4, t: 0.1, suppression: 0 }, extract);
  assert.deepEqual([strict.model.k, strict.sensitive!.l, strict.suppression], [20, 4, 0]);
  for (const lax of [{ k: 10 }, { l: 2 }, { t: 0.4 }, { suppression: 0.1 }])
    assert.throws(() => readPrivacy({ columns, ...lax }, extract), new RegExp(Object.keys(lax)[0]!));
});

test('what is wrong is said with its place', () => {
  const { born: _, ...without } = columns;
  const changed = (name: keyof typeof columns, part: object) => ({ ...columns, [name]: part });
  const cases: [object, RegExp][] = [
    [without, /columns\.born has no role/],
    [{ ...columns, height: { role: 'dropped' } }, /columns\.height is nothing/],
    [changed('drugs', { role: 'quasi-identifier' }), /columns\.drugs cannot be a quasi-identifier: it is a set/],
    [changed('sex', { role: 'set' }), /columns\.sex cannot be a set/],
    [changed('sex', { role: 'quasi-identifier', level: 1 }), /has a level/],
    [
      changed('sex', {
        role: 'quasi-identifier',
        hierarchy: [
          ['a', 'x'],
          ['b', 'y'],
        ],
      }),
      /sex is no tree/,
    ],
    [changed('city', { role: 'sensitive', hierarchy: reasons }), /second sensitive/],
    [changed('reason', { role: 'sensitive' }), /needs a hierarchy/],
    [changed('reason', { role: 'sensitive', hierarchy: reasons, level: 3 }), /without such a level/],
    [changed('reason', { role: 'sensitive', hierarchy: reasons, level: 2 }), /fewer groups than l/],
    [{ ...without, born: { role: 'dropped' }, sex: { role: 'dropped' } }, /must have a quasi-identifier/],
  ];
  for (const [parts, words] of cases) assert.throws(() => readPrivacy({ columns: parts }, extract), words);
});
