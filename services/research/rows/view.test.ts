import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '../../../kernel/errors.ts';
import { readView } from './view.ts';

const id = { name: 'id', path: 'id', type: 'id' };
const view = (...select: object[]) => ({ resource: 'Patient', select });
const refusal = (definition: unknown): Failure => {
  try {
    readView(definition);
  } catch (error) {
    if (error instanceof Failure) return error;
  }
  throw new assert.AssertionError({ message: 'it is not refused' });
};
const patient = {
  resourceType: 'Patient',
  id: 'p1',
  name: [{ family: 'Ashcroft', given: ['Ida', 'May'] }, { family: 'Byron' }],
  birthDate: '1970-01-01',
};

test('the columns of a view stand in the order of its text, with their types', () => {
  const { columns } = readView(view({ column: [id], select: [{ column: [{ name: 'family', path: 'name.family' }] }] }));
  assert.deepEqual(columns, [
    { name: 'id', type: 'id', collection: false },
    { name: 'family', collection: false },
  ]);
});

test('an element of a ViewDefinition that is not supported is refused by name', () => {
  const repeated = refusal(view({ repeat: ['item'], column: [id] }));
  assert.equal(repeated.code, 'not-supported');
  assert.deepEqual(repeated.issues[0]!.expression, ['select[0].repeat']);
  const constant = { ...view({ column: [id] }), constant: [{ name: 'a', valueCoding: { code: 'x' } }] };
  assert.match(refusal(constant).message, /constant\[0\]\.valueCoding is not supported/);
});

test('functions that look outside the resource, or could run for ever, are refused by name', () => {
  for (const name of 'resolve memberOf trace now defineVariable unheard matches repeat select'.split(' ')) {
    const failure = refusal(view({ column: [{ name: 'a', path: `name.${name}()` }] }));
    assert.equal(failure.code, 'not-supported', name);
    assert.match(failure.message, new RegExp(`select\\[0\\]\\.column\\[0\\]\\.path uses ${name}\\(\\)`));
  }
});

test('what is wrong with a view is said with its place', () => {
  const cases: [unknown, RegExp][] = [
    [null, /view is not valid/],
    [{ select: [{ column: [id] }] }, /resource is missing/],
    [view(), /select must not have fewer/],
    [view({}), /select\[0\] selects nothing/],
    [view({ column: [{ name: '1a', path: 'id' }] }), /select\[0\]\.column\[0\]\.name must match/],
    [view({ column: [{ name: 'a', path: 'id', type: 'HumanName' }] }), /select\[0\]\.column\[0\]\.type/],
    [view({ column: [id, id] }), /id names two columns/],
    [view({ forEach: 'name', forEachOrNull: 'name', column: [id] }), /both forEach and forEachOrNull/],
    [view({ unionAll: [{ column: [id] }, { column: [{ ...id, type: 'string' }] }] }), /unionAll has parts that differ/],
    [view({ column: [{ name: 'a', path: '%b' }] }), /uses %b, which is not defined/],
    [view({ column: [{ name: 'a', path: 'name.' }] }), /is no FHIRPath/],
    [{ ...view({ column: [id] }), constant: [{ name: 'resource', valueCode: 'x' }] }, /a name that is taken/],
    [{ ...view({ column: [id] }), constant: [{ name: 'a', valueCode: 'x', valueId: 'y' }] }, /more than one value/],
    [{ ...view({ column: [id] }), constant: [{ name: 'a', valueDate: '1.2.2020' }] }, /constant\[0\]\.valueDate/],
  ];
  for (const [definition, told] of cases) assert.match(refusal(definition).message, told);
});

test('what a resource cannot be made into is refused without a word of the resource', () => {
  const runs: object[] = [
    view({ column: [{ name: 'family', path: 'name.family' }] }),
    view({ column: [{ name: 'name', path: 'name.first()' }] }),
    view({ column: [{ name: 'born', path: 'birthDate', type: 'integer' }] }),
    view({ column: [{ name: 'sum', path: 'name.family + 1' }] }),
    { ...view({ column: [id] }), where: [{ path: 'name.first().family' }] },
  ];
  for (const definition of runs)
    assert.throws(
      () => readView(definition).rows(patient),
      (error) =>
        error instanceof Failure &&
        ['value', 'processing'].includes(error.code) &&
        error.cause === undefined &&
        !/Ashcroft|Byron|1970/.test(JSON.stringify([error.message, error.issues, error.stack])),
    );
});

test('inside forEach, %resource is still the whole resource', () => {
  const each = readView(
    view({
      forEach: 'name',
      column: [
        { name: 'of', path: '%resource.id' },
        { name: 'f', path: 'family' },
      ],
    }),
  );
  assert.deepEqual(each.rows(patient), [
    ['p1', 'Ashcroft'],
    ['p1', 'Byron'],
  ]);
});

test('keys join the tables of two views, and never one of another server', () => {
  const path = (expression: string) => readView(view({ column: [{ name: 'key', path: expression }] }));
  const linked = (reference: string) => ({ ...patient, managingOrganization: { reference } });
  const key = 'managingOrganization.getReferenceKey()';
  assert.deepEqual(path('getResourceKey()').rows(patient), [['Patient/p1']]);
  assert.deepEqual(path(key).rows(linked('Organization/o1/_history/3')), [['Organization/o1']]);
  assert.deepEqual(path(key).rows(linked('#contained')), [[null]]);
  assert.deepEqual(path(key).rows(linked('https://other.example/fhir/Organization/o1')), [
    ['https://other.example/fhir/Organization/o1'],
  ]);
});

test('a short view cannot make much of a small resource', () => {
  const nested = (depth: number) => `${'name.where('.repeat(depth)}use = 'x'${').exists()'.repeat(depth)}`;
  readView(view({ column: [{ name: 'a', path: nested(4) }] }));
  assert.match(refusal(view({ column: [{ name: 'a', path: nested(5) }] })).message, /more than 4 deep/);
  const names = { ...patient, name: Array.from({ length: 30 }, () => ({ family: 'x' })) };
  const crossed = ['a', 'b', 'c'].map((name) => ({ forEach: 'name', column: [{ name, path: 'family' }] }));
  assert.throws(() => readView(view(...crossed)).rows(names), /more than 10000 rows/);
});
