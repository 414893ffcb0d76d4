import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Told } from '../fuzz/report.ts';
import { scene } from '../scene.ts';
import { unexplained } from './checker.ts';
import { consentModel } from './consentModel.ts';
import { type History, run } from './workload.ts';

/** Patients at once, and operations of each; fuzzing makes longer histories. */
const [patients, size] = process.env.FUZZ_RUNS ? [8, 600] : [3, 200];
const seed = Number(process.env.FUZZ_SEED ?? 1);

test('grants, revocations, emergencies and checks on many connections are linearizable', async (t) => {
  const stage = await scene();
  t.after(stage.dispose);
  for (const history of await run(stage, patients, size, seed)) {
    assert.equal(explained(unexplained(consentModel, history), history), '');
    const planted = stale(history);
    assert.equal(unexplained(consentModel, [...history, planted]), planted);
    process.send?.({ operations: history.length } satisfies Told);
  }
});

/** An operation, and what was under way while it was. */
function explained(stuck: History[number] | undefined, history: History): string {
  const beside = history.filter(
    ({ called, returned }) => stuck && called <= stuck.returned && stuck.called <= returned,
  );
  return beside.map((each) => JSON.stringify(each)).join('\n');
}

/** A check that begins after everything and rests on a consent whose revocation was acknowledged. */
function stale(history: History): History[number] {
  const revoked = history.find(({ input }) => input.kind === 'revoke')!.output.id;
  const { output, input } = history.find((each) => each.input.kind === 'grant' && each.output.id === revoked)!;
  assert.ok(input.kind === 'grant');
  const end = Math.max(...history.map(({ returned }) => returned));
  const { organization, deny } = input;
  return {
    input: { kind: 'check', organization, emergency: false },
    output: { id: output.id, permit: !deny },
    called: end + 1,
    returned: end + 2,
  };
}
