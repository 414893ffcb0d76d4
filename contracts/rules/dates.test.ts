import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { contains, dateSpan, periodSpan } from './dates.ts';
import { numRuns } from './testing/given.ts';

const utc = (text: string) => Date.parse(text);

test('a year, a month and a day last until the next, in the zone given', () => {
  assert.deepEqual(dateSpan('2024', 0), { start: utc('2024-01-01T00:00Z'), end: utc('2025-01-01T00:00Z') });
  assert.deepEqual(dateSpan('2024-12', 60), { start: utc('2024-11-30T23:00Z'), end: utc('2024-12-31T23:00Z') });
  assert.deepEqual(dateSpan('2024-02-29', -300), { start: utc('2024-02-29T05:00Z'), end: utc('2024-03-01T05:00Z') });
});

test('a time has its own offset, and lasts a second or what it names of one', () => {
  const second = { start: utc('2024-01-01T10:00:00Z'), end: utc('2024-01-01T10:00:01Z') };
  assert.deepEqual(dateSpan('2024-01-01T12:00:00+02:00', 330), second);
  assert.deepEqual(dateSpan('2024-01-01T10:00:00.25Z', 0), { start: second.start + 250, end: second.start + 251 });
});

test('what is no FHIR date is none', () => {
  for (const text of [
    ...['', '24', '2024-13', '2023-02-29', '2024-1-1', '0000', ' 2024', '2024-01-01T10:00', '2024-01-01T10:00:00'],
    ...['2024-01-01T24:00:00Z', '2024-01-01T10:60:00Z', '2024-01-01T10:00:00+15:00', '2024-01-01T10:00:00z'],
  ])
    assert.equal(dateSpan(text, 0), undefined, text);
});

test('both ends of a period belong to it; an end that is left out is open; one that cannot be read makes it none', () => {
  const march = periodSpan({ start: '2026-03', end: '2026-03' }, 0)!;
  const inside = [
    utc('2026-03-01T00:00Z') - 1,
    utc('2026-03-01T00:00Z'),
    utc('2026-03-31T23:59:59.999Z'),
    utc('2026-04-01T00:00Z'),
  ];
  assert.deepEqual(
    inside.map((at) => contains(march, at)),
    [false, true, true, false],
  );
  assert.deepEqual(periodSpan({}, 0), {});
  assert.ok(contains({}, 0));
  for (const wrong of [{ start: 'soon' }, { end: 1 }, { start: '2026', end: '' }])
    assert.equal(periodSpan(wrong, 0), undefined);
});

test('an instant lies in the span of its own text, at every precision', () => {
  const instants = fc.date({
    min: new Date('0100-01-01T00:00:00Z'),
    max: new Date('9998-01-01T00:00:00Z'),
    noInvalidDate: true,
  });
  fc.assert(
    fc.property(instants, (instant) => {
      const text = instant.toISOString();
      for (const cut of [text, text.replace(/\.\d+/, ''), text.slice(0, 10), text.slice(0, 7), text.slice(0, 4)])
        assert.ok(contains(dateSpan(cut, 0)!, instant.getTime()), cut);
    }),
    { numRuns },
  );
});
