import assert from 'node:assert/strict';
import type { Bus, Received, SubscribeOptions, Topic } from './port.ts';
import { type BusPlace, type Given, message, messages, plain, recorder, stage, textOf, until } from './testing.ts';

const [records, consent]: Topic[] = ['healthchain.records.v1', 'healthchain.consent.v1'];

/** What every bus promises; called by each adapter's test. `place` gives a fresh, empty one. */
export function busConformance(adapter: string, place: () => BusPlace): void {
  const given = stage(adapter, place);
  delivering(given);
  failing(given);
  leavingAndCrashing(given);
}

function delivering(given: Given): void {
  given('a message arrives as it was sent, also where it was sent before anybody listened', async (bus, { join }) => {
    const [before, after] = [message('k', 'before'), message('k', 'after')];
    await bus.send(records!, [before]);
    const { seen, handle } = recorder();
    await join(bus, { group: 'audit', topics: [records!], handle });
    await bus.send(records!, [after]);
    await until(() => seen.length === 2);
    assert.deepEqual(
      seen.map(plain),
      [before, after].map((sent) => plain({ ...sent, topic: records! })),
    );
  });

  given('messages of a key arrive in the order they were sent', async (bus, { join }) => {
    const { seen, handle } = recorder();
    await join(bus, { group: 'audit', topics: [records!, consent!], batch: 7, handle });
    const keys = ['a', 'b', 'c'];
    for (let n = 0; n < 10; n++)
      await Promise.all(
        [records!, consent!].map((topic) =>
          bus.send(
            topic,
            keys.flatMap((key) => [message(key, `${2 * n}`), message(key, `${2 * n + 1}`)]),
          ),
        ),
      );
    await until(() => seen.length === 120);
    for (const topic of [records!, consent!])
      for (const key of keys) {
        const texts = seen.filter((each) => each.topic === topic && each.key === key).map(textOf);
        assert.deepEqual(
          texts,
          Array.from({ length: 20 }, (_, n) => `${n}`),
        );
      }
  });

  given('only the topics asked for arrive', async (bus, { join }) => {
    const { seen, handle } = recorder();
    await join(bus, { group: 'audit', topics: [consent!], handle });
    await bus.send(records!, [message('k', 'no')]);
    await bus.send(consent!, [message('k', 'yes')]);
    await until(() => seen.length > 0);
    assert.deepEqual(seen.map(textOf), ['yes']);
    assert.equal(await bus.lag('audit', [records!]), 1);
  });

  given('every group gets every message, and one member of it each', async (bus, { join }) => {
    const [first, second, other] = [recorder(), recorder(), recorder()];
    const slow = (handle: SubscribeOptions['handle']) => async (batch: Received[]) => {
      await new Promise((resolve) => setImmediate(resolve));
      return handle(batch);
    };
    for (const { handle } of [first, second])
      await join(bus, { group: 'audit', topics: [records!, consent!], batch: 3, handle: slow(handle) });
    await join(bus, { group: 'research', topics: [records!, consent!], handle: other.handle });
    const sent = Array.from({ length: 60 }, (_, n) => message(`k${n}`, `${n}`));
    await Promise.all(sent.map((each, n) => bus.send(n % 2 ? records! : consent!, [each])));
    await until(() => first.seen.length + second.seen.length >= 60 && other.seen.length >= 60);
    const ids = sent.map(({ id }) => id).toSorted();
    assert.deepEqual([...first.seen, ...second.seen].map(({ id }) => id).toSorted(), ids);
    assert.deepEqual(other.seen.map(({ id }) => id).toSorted(), ids);
  });

  given('members of a group with different topics each get their own', async (bus, { join }) => {
    const [one, other] = [recorder(), recorder()];
    await join(bus, { group: 'audit', topics: [records!], handle: one.handle });
    await join(bus, { group: 'audit', topics: [consent!], handle: other.handle });
    const sent = Array.from({ length: 20 }, (_, n) => message(`k${n}`, `${n}`));
    await Promise.all(sent.map((each, n) => bus.send(n < 10 ? records! : consent!, [each])));
    await until(() => one.seen.length + other.seen.length >= 20);
    const ids = (of: { id: string }[]) => of.map(({ id }) => id).toSorted();
    assert.deepEqual([ids(one.seen), ids(other.seen)], [ids(sent.slice(0, 10)), ids(sent.slice(10))]);
  });

  given('a batch is no larger than asked, and the next waits for the one in hand', async (bus, { join }) => {
    const gate = Promise.withResolvers<void>();
    const sizes: number[] = [];
    let inHand = 0;
    await bus.send(records!, messages(8));
    await join(bus, {
      group: 'audit',
      topics: [records!],
      batch: 3,
      async handle(batch) {
        assert.equal(++inHand, 1);
        sizes.push(batch.length);
        await gate.promise;
        inHand -= 1;
      },
    });
    await until(() => sizes.length === 1);
    await bus.send(records!, messages(2)); // is taken although the consumer is busy
    assert.equal(sizes.length, 1);
    gate.resolve();
    await until(() => sizes.reduce((sum, size) => sum + size, 0) === 10);
    assert.ok(sizes.every((size) => size <= 3));
  });

  given('lag is what a group has not handled yet', async (bus, { join }) => {
    await bus.send(records!, messages(3));
    await bus.send(consent!, messages(2));
    assert.equal(await bus.lag('audit', [records!, consent!]), 5);
    const { handle } = recorder();
    await join(bus, { group: 'audit', topics: [records!], handle });
    await until(async () => (await bus.lag('audit', [records!])) === 0);
    assert.equal(await bus.lag('audit', [records!, consent!]), 2);
    assert.equal(await bus.lag('research', [records!]), 3);
  });
}

function failing(given: Given): void {
  given('a batch that fails is tried again, and nothing is parked', async (bus, { join }) => {
    const tries: string[][] = [];
    await bus.send(records!, messages(3));
    await join(bus, {
      group: 'audit',
      topics: [records!],
      async handle(batch) {
        tries.push(batch.map(textOf));
        if (tries.length <= 2) throw new Error('not now');
      },
    });
    await until(async () => (await bus.lag('audit', [records!])) === 0);
    assert.deepEqual(tries, Array(3).fill(tries[0]));
    assert.deepEqual(await bus.parked('audit'), []);
  });

  given('a message that keeps failing is parked with its reason, and the others go on', async (bus, here) => {
    const { seen, handle } = recorder();
    const sent = messages(5);
    await bus.send(records!, sent);
    const picky = async (batch: Received[]) => {
      if (batch.some((each) => textOf(each) === '2')) throw new Error('two is not understood');
      await handle(batch);
    };
    await here.join(bus, { group: 'audit', topics: [records!], handle: picky });
    await until(async () => (await bus.lag('audit', [records!])) === 0);
    assert.deepEqual(seen.map(textOf), ['0', '1', '3', '4']);
    const bad = sent[2]!;
    const want = [{ topic: records, group: 'audit', id: bad.id, reason: 'two is not understood', value: '2' }];
    const parkedIn = async (from: Pick<Bus, 'parked'>) =>
      (await from.parked('audit')).map(({ topic, group, id, reason, value }) => ({
        ...{ topic, group, id, reason, value: Buffer.from(value).toString() },
      }));
    assert.deepEqual(await parkedIn(bus), want);
    assert.deepEqual(await bus.parked('research'), []);
  });

  given('what is parked stays so after opening again, and is not handled any more', async (bus, here) => {
    await bus.send(records!, messages(1));
    const failing = { group: 'audit', topics: [records!], handle: () => Promise.reject(new Error('no')) };
    const leave = await here.join(bus, failing);
    await until(async () => (await bus.parked('audit')).length === 1);
    await leave();
    const again = await here.reopen(bus);
    const { seen, handle } = recorder();
    await here.join(again, { group: 'audit', topics: [records!], handle });
    await again.send(records!, [message('k', 'next')]);
    await until(() => seen.length > 0);
    assert.deepEqual(seen.map(textOf), ['next']);
    assert.equal((await again.parked('audit')).length, 1);
  });
}

function leavingAndCrashing(given: Given): void {
  given('stop waits for the batch in hand and saves it', async (bus, here) => {
    const gate = Promise.withResolvers<void>();
    const first = recorder();
    await bus.send(records!, messages(4));
    const leave = await here.join(bus, {
      ...{ group: 'audit', topics: [records!], batch: 2 },
      async handle(batch) {
        await first.handle(batch);
        await gate.promise;
      },
    });
    await until(() => first.seen.length === 2);
    let left = false;
    const leaving = leave().then(() => (left = true));
    await bus.lag('audit', [records!]);
    assert.equal(left, false);
    gate.resolve();
    await leaving;
    assert.equal(first.seen.length, 2);
    const again = await here.reopen(bus);
    const second = recorder();
    await here.join(again, { group: 'audit', topics: [records!], handle: second.handle });
    await until(() => second.seen.length >= 2);
    assert.deepEqual(second.seen.map(textOf), ['2', '3']);
  });

  given('stop does not wait for a batch that only fails, and loses none of it', async (bus, here) => {
    const tried = Promise.withResolvers<void>();
    await bus.send(records!, messages(2));
    const leave = await here.join(bus, {
      ...{ group: 'audit', topics: [records!] },
      async handle() {
        tried.resolve();
        throw new Error('not now');
      },
    });
    await tried.promise;
    await leave();
    assert.deepEqual(await bus.parked('audit'), []);
    const { seen, handle } = recorder();
    await here.join(bus, { group: 'audit', topics: [records!], handle });
    await until(() => seen.length >= 2);
    assert.deepEqual(seen.map(textOf), ['0', '1']);
  });

  given('what was sent survives a crash', async (bus, here) => {
    await bus.send(records!, messages(3));
    const again = await here.crashed(bus);
    const { seen, handle } = recorder();
    await here.join(again, { group: 'audit', topics: [records!], handle });
    await until(() => seen.length === 3);
    assert.deepEqual(seen.map(textOf), ['0', '1', '2']);
  });

  given('what a crash left unhandled comes again', async (bus, here) => {
    const inHand = Promise.withResolvers<void>();
    await bus.send(records!, messages(3));
    await bus.subscribe({
      ...{ group: 'audit', topics: [records!] },
      handle() {
        inHand.resolve();
        return new Promise(() => {}); // the process ends before its effect is durable
      },
    });
    await inHand.promise;
    const again = await here.crashed(bus);
    const { seen, handle } = recorder();
    await here.join(again, { group: 'audit', topics: [records!], handle });
    await until(() => seen.length >= 3);
    assert.deepEqual(seen.map(textOf), ['0', '1', '2']);
  });
}
