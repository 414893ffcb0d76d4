import assert from 'node:assert/strict';
import { lapsesAfter } from './leases.ts';
import type { Given } from './testing.ts';

/** What every event store promises of leases. */
export function leasing(given: Given): void {
  given('of several who ask one has the lease, and keeps it while it asks', async (store) => {
    const answers = await Promise.all(['a', 'b', 'c'].map((holder) => store.lease('worker', holder)));
    const [first] = ['a', 'b', 'c'].filter((_, index) => answers[index]);
    assert.equal(answers.filter(Boolean).length, 1);
    assert.equal(await store.lease('worker', first!), true);
    assert.equal(await store.lease('worker', 'd'), false);
    assert.equal(await store.lease('other', 'd'), true, 'leases are apart by name');
  });

  given('who lets go of a lease leaves it to the next who asks; nobody lets go of another’s', async (store) => {
    assert.equal(await store.lease('worker', 'a'), true);
    await store.release('worker', 'b');
    assert.equal(await store.lease('worker', 'b'), false);
    await store.release('worker', 'a');
    assert.equal(await store.lease('worker', 'b'), true);
    assert.equal(await store.lease('worker', 'a'), false);
  });

  given('a lease that its holder asks for no more falls to another, and not before', async (store) => {
    assert.equal(await store.lease('worker', 'a'), true);
    const asked = performance.now();
    while (!(await store.lease('worker', 'b'))) {
      assert.ok(performance.now() - asked < 4 * lapsesAfter);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.ok(performance.now() - asked >= lapsesAfter - 50);
    assert.equal(await store.lease('worker', 'a'), false);
  });
}
