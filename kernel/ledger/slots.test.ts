import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { slots } from './slots.ts';

test('never more than so many at once, all of them done, whichever fail', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 5 }),
      fc.array(fc.record({ turns: fc.nat(3), fails: fc.boolean() })),
      async (most, works) => {
        const few = slots(most);
        let [running, highest] = [0, 0];
        const outcomes = works.map(({ turns, fails }, n) =>
          few.run(async () => {
            highest = Math.max(highest, ++running);
            for (let turn = 0; turn < turns; turn++) await nextTurn();
            running--;
            if (fails) throw new Error(`${n}`);
            return n;
          }),
        );
        const settled = Promise.allSettled(outcomes);
        await few.idle();
        assert.equal(running, 0);
        assert.ok(highest <= most);
        assert.deepEqual(
          (await settled).map(({ status }) => status === 'rejected'),
          works.map(({ fails }) => fails),
        );
      },
    ),
  );
});
