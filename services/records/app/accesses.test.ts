import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure, type FailureCode } from '../../../kernel/errors.ts';
import type { AccessRecorded } from '../domain/access.ts';
import { accessRecorder } from './accesses.ts';
import type { Append } from './log.ts';

const event = { type: 'AccessRecorded' } as AccessRecorded;

/** Records an access for each owner at once, where appends with owner `bad` fail. */
async function recorded(owners: string[], code: FailureCode) {
  const appended: unknown[] = [];
  const append: Append = async ([wanted]) => {
    appended.push(wanted!.owner);
    if (wanted!.owner.includes('bad')) throw new Failure(code, 'It cannot be stored.');
    return [];
  };
  const record = accessRecorder({ append, clock: { now: () => 0 }, uuid: () => crypto.randomUUID() });
  const outcomes = await Promise.allSettled(owners.map((owner) => record({ event, owner })));
  return { appended, outcomes: outcomes.map(({ status }) => status) };
}

test('accesses of one moment are one append; one that cannot be recorded takes nobody with it', async () => {
  const { appended, outcomes } = await recorded(['ada', 'bad', 'cem'], 'deleted');
  assert.deepEqual(outcomes, ['fulfilled', 'rejected', 'fulfilled']);
  assert.deepEqual(appended, [['ada', 'bad', 'cem'], ['ada'], ['bad'], ['cem']]);
});

test('where an engine is away, nobody waits for it behind others', async () => {
  for (const code of ['unavailable', 'timeout'] as const) {
    const { appended, outcomes } = await recorded(['ada', 'bad', 'cem'], code);
    assert.deepEqual(outcomes, ['rejected', 'rejected', 'rejected']);
    assert.equal(appended.length, 1);
  }
});
