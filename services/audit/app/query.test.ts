import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Failure } from '../../../kernel/errors.ts';
import { parseQuery } from './query.ts';

const period = (date: string) => {
  const { from, to } = parseQuery(`date=${date}`);
  return [from, to].map((at) => at && new Date(at).toISOString());
};

test('without parameters: the newest twenty', () => {
  assert.deepEqual(parseQuery(''), { descending: true, count: 20, filters: [], parameters: [] });
});

test('a date is the whole period that it leaves open', () => {
  assert.deepEqual(period('2026'), ['2026-01-01T00:00:00.000Z', '2026-12-31T23:59:59.999Z']);
  assert.deepEqual(period('2024-02'), ['2024-02-01T00:00:00.000Z', '2024-02-29T23:59:59.999Z']);
  assert.deepEqual(period('2026-05-01'), ['2026-05-01T00:00:00.000Z', '2026-05-01T23:59:59.999Z']);
  assert.deepEqual(period('2026-05-01T10:00'), ['2026-05-01T10:00:00.000Z', '2026-05-01T10:00:59.999Z']);
  assert.deepEqual(period('2026-05-01T10:00:05%2B02:00'), ['2026-05-01T08:00:05.000Z', '2026-05-01T08:00:05.999Z']);
  assert.deepEqual(period('ge2026-05-01'), ['2026-05-01T00:00:00.000Z', undefined]);
  assert.deepEqual(period('gt2026-05-01'), ['2026-05-02T00:00:00.000Z', undefined]);
  assert.deepEqual(period('lt2026-05-01'), [undefined, '2026-04-30T23:59:59.999Z']);
  assert.deepEqual(period('ge2026-05-01&date=le2026-05-02'), ['2026-05-01T00:00:00.000Z', '2026-05-02T23:59:59.999Z']);
});

test('what is not well-formed is refused, and the parameter named', () => {
  for (const [query, code, name] of [
    ['colour=red', 'not-supported', 'colour'],
    ['patient=a/b/c', 'value', 'patient'],
    ['patient=p1,p2', 'value', 'patient'],
    ['date=yesterday', 'value', 'date'],
    ['date=2026-13-01', 'value', 'date'],
    ['date=ne2026', 'value', 'date'],
    ['_count=0', 'value', '_count'],
    ['_count=many', 'value', '_count'],
    ['_sort=agent', 'value', '_sort'],
    ['_cursor=x', 'value', '_cursor'],
  ] as const)
    assert.throws(
      () => parseQuery(query),
      (error) => error instanceof Failure && error.code === code && error.issues[0]!.expression![0] === name,
      query,
    );
});

test('any string is read or refused with a Failure', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        const { count, parameters } = parseQuery(text);
        assert.ok(count >= 1 && count <= 200 && Array.isArray(parameters));
      } catch (error) {
        assert.ok(error instanceof Failure);
      }
    }),
  );
});
