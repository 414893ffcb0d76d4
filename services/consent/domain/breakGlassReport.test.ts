import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Declaration } from './breakGlass.ts';
import { reportOf } from './breakGlassReport.ts';

const declaration = (clinician: string, change: Partial<Declaration> = {}): Declaration => ({
  ...{ id: 'd', version: 1, clinician, organization: 'harbour', reason: { system: 's', code: 'c' }, text: 'x' },
  ...{ from: 1000, until: 2000 },
  ...change,
});
const reviewed = (verdict: 'justified' | 'unjustified', at: number) => ({
  review: { verdict, reviewer: 'gray', text: 'x', at },
});

test('counted for the organisation and for each clinician, those who declared most first', () => {
  const all = [
    declaration('fox'),
    declaration('evans', reviewed('justified', 1100)),
    declaration('evans', { ...reviewed('unjustified', 1300), endedAt: 1300 }),
  ];
  const { clinicians, ...total } = reportOf('harbour', all, 1500);
  assert.deepEqual(total, {
    ...{ organization: 'harbour', declared: 3, running: 2, unreviewed: 1, justified: 1, unjustified: 1 },
    reviewedAfter: 200,
  });
  assert.deepEqual(
    clinicians.map(({ clinician, declared, running }) => [clinician, declared, running]),
    [
      ['evans', 2, 1],
      ['fox', 1, 1],
    ],
  );
  assert.equal('reviewedAfter' in clinicians[1]!, false);
});

test('nothing declared is a report of noughts', () => {
  const none = { declared: 0, running: 0, unreviewed: 0, justified: 0, unjustified: 0 };
  assert.deepEqual(reportOf('harbour', [], 0), { organization: 'harbour', ...none, clinicians: [] });
});
