import assert from 'node:assert/strict';
import fc from 'fast-check';
import { WrongVersion } from '../errors.ts';
import { leasing } from './leasesTesting.ts';
import type { Commit, EventStore } from './port.ts';
import {
  all,
  append,
  comparable,
  type EventStorePlace,
  event,
  type Given,
  positioned,
  stage,
  upTo,
} from './testing.ts';

/** What every event store promises; called by each adapter's test. `place` gives a fresh, empty one. */
export function eventStoreConformance(adapter: string, place: () => EventStorePlace): void {
  const given = stage(adapter, place);
  readingBack(given);
  racing(given);
  following(given);
  leasing(given);
}

function readingBack(given: Given): void {
  given('events come back as they were appended', async (store) => {
    const traced = { ...event(1), trace: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` };
    const [one, two, three] = [traced, { ...event(2), owner: '', at: 0 }, event(3, new Uint8Array(0))];
    await store.append([{ stream: 'a', expected: 0, events: [one, two] }]);
    await store.append([{ stream: 'a', expected: 2, events: [three] }]);
    const stored = (await store.read('a')).map(comparable);
    assert.deepEqual(
      stored,
      [one, two, three].map((each, index) => comparable({ ...each, stream: 'a', version: index + 1 })),
    );
  });

  given('append resolves to what was stored, in the order of the appends', async (store) => {
    const commits = await store.append([append('b', 0, 2), append('a', 0, 1)]);
    assert.deepEqual(
      commits.map(({ stream }) => stream),
      ['b', 'a'],
    );
    for (const { stream, events } of commits)
      assert.deepEqual(events.map(comparable), (await store.read(stream)).map(comparable));
  });

  given('a part of a stream is read from a version on, and as much as asked for', async (store) => {
    await store.append([append('a', 0, 5)]);
    const versions = async (options: { from?: number; limit?: number }) =>
      (await store.read('a', options)).map(({ version }) => version);
    assert.deepEqual(await versions({ from: 3 }), [3, 4, 5]);
    assert.deepEqual(await versions({ limit: 2 }), [1, 2]);
    assert.deepEqual(await versions({ from: 2, limit: 2 }), [2, 3]);
    assert.deepEqual(await versions({ from: 6 }), []);
  });

  given('a stream that does not exist is empty, without a last event, at version 0', async (store) => {
    await store.append([append('ab', 0)]);
    assert.deepEqual(await store.read('a'), []);
    assert.equal(await store.last('a'), undefined);
    assert.equal(await store.version('a'), 0);
  });

  given('version and last event are the head', async (store) => {
    await store.append([append('a', 0, 2)]);
    await store.append([append('a', 2, 9)]);
    assert.equal(await store.version('a'), 11);
    assert.equal((await store.last('a'))?.version, 11);
  });

  given('what is acknowledged is there after opening again, and the order goes on', async (store, here) => {
    await store.append([append('a', 0, 2), append('b', 0)]);
    const before = await all(store, 2);
    const again = await here.reopen(store);
    await again.append([append('a', 2)]);
    const after = await all(again, 3);
    assert.deepEqual(after.slice(0, 2).map(positioned), before.map(positioned));
    assert.equal(after[2]?.position, before.at(-1)!.position + 1);
  });

  given('closing waits for what is in flight', async (store, here) => {
    const inFlight = [1, 2, 3].map((n) => store.append([append(`s${n}`, 0)]));
    const again = await here.reopen(store);
    await Promise.all(inFlight);
    assert.equal((await all(again, 3)).length, 3);
  });
}

function racing(given: Given): void {
  given('an append on any other version than the head is refused and writes nothing', async (store) => {
    await store.append([append('a', 0, 2)]);
    for (const expected of [0, 1, 3]) await assert.rejects(store.append([append('a', expected)]), wrongVersion('a'));
    await assert.rejects(store.append([append('new', 1)]), wrongVersion('new'));
    assert.equal(await store.version('a'), 2);
    assert.equal((await all(store, 1)).length, 1);
  });

  given('several streams are appended to all or not at all', async (store) => {
    await store.append([append('b', 0)]);
    await assert.rejects(store.append([append('a', 0), append('b', 0), append('c', 0)]), wrongVersion('b'));
    assert.deepEqual(await Promise.all(['a', 'b', 'c'].map((stream) => store.version(stream))), [0, 1, 0]);
    await store.append([append('a', 0), append('b', 1), append('c', 0)]);
    assert.deepEqual(await Promise.all(['a', 'b', 'c'].map((stream) => store.version(stream))), [1, 2, 1]);
  });

  given('a malformed append is refused and takes nobody with it', async (store) => {
    const outcomes = await Promise.allSettled([
      store.append([append('a', 0)]),
      store.append([append('b', 0, 0)]),
      store.append([append('c', 0), append('c', 0)]),
      store.append([]),
      store.append([append('d', 0)]),
    ]);
    const [ok, no] = ['fulfilled', 'rejected'];
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      [ok, no, no, no, ok],
    );
    assert.deepEqual((await all(store, 2)).map(({ stream }) => stream).toSorted(), ['a', 'd']);
  });

  given('of writers that race for one version, one wins and the others are told', async (store, here) => {
    const writers = [store, await here.open(), await here.open()];
    for (let expected = 0; expected < 10; expected++) {
      const races = [...writers, ...writers].map((writer) => writer.append([append('a', expected)]));
      const outcomes = await Promise.allSettled(races);
      assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
      for (const outcome of outcomes) if (outcome.status === 'rejected') assert.ok(wrongVersion('a')(outcome.reason));
      assert.deepEqual(await Promise.all(writers.map((writer) => writer.version('a'))), Array(3).fill(expected + 1));
    }
  });

  given('racing appends to overlapping streams leave every stream whole and in step', async (store, here) => {
    const other = await here.open();
    const pair = fc.constantFrom(['a', 'b'], ['b', 'c'], ['c', 'a'], ['a', 'b', 'c'], ['a']);
    const races = fc.array(fc.array(fc.tuple(fc.boolean(), pair), { minLength: 1, maxLength: 8 }), { maxLength: 6 });
    const heads: Record<string, number> = { a: 0, b: 0, c: 0 };
    let commits = 0;
    await fc.assert(
      fc.asyncProperty(races, async (rounds) => {
        for (const round of rounds) {
          const outcomes = await Promise.allSettled(
            round.map(([first, streams]) => (first ? store : other).append(streams.map((s) => append(s, heads[s]!)))),
          );
          const won = round.filter((_, index) => outcomes[index]!.status === 'fulfilled').flatMap(([, each]) => each);
          assert.equal(new Set(won).size, won.length, 'two winners share no stream');
          assert.ok(won.length > 0, 'somebody wins');
          for (const stream of won) heads[stream]! += 1;
          commits += won.length;
        }
      }),
      { numRuns: 15 },
    );
    for (const stream of 'abc') {
      const versions = (await other.read(stream)).map(({ version }) => version);
      assert.deepEqual(versions, upTo(heads[stream]!));
    }
    assert.deepEqual(
      (await all(store, commits)).map(({ position }) => position),
      upTo(commits),
    );
  });
}

function following(given: Given): void {
  given('commits come in one order without gaps, whole, each stream in its own order', async (store, here) => {
    const other = await here.open();
    const write = async (writer: EventStore, mine: string) => {
      for (let n = 0; n < 20; n++) await writer.append([append(mine, n * 2, 2), append(`${mine}${n}`, 0)]);
    };
    await Promise.all([write(store, 'x'), write(other, 'y'), write(store, 'z')]);
    const commits = await all(other, 120);
    assert.deepEqual(
      commits.map(({ position }) => position),
      upTo(120),
    );
    for (const stream of 'xyz') {
      const events = commits.filter((commit) => commit.stream === stream).flatMap((commit) => commit.events);
      assert.deepEqual(events.map(comparable), (await store.read(stream)).map(comparable));
    }
  });

  given('the commits of one append stand together', async (store, here) => {
    const other = await here.open();
    const rounds = upTo(10).flatMap((n) => [
      store.append([append(`a${n}`, 0), append(`b${n}`, 0), append(`c${n}`, 0)]),
      other.append([append(`d${n}`, 0)]),
    ]);
    await Promise.all(rounds);
    const streams = (await all(store, 40)).map(({ stream }) => stream);
    for (const n of upTo(10)) {
      const at = streams.indexOf(`a${n}`);
      assert.deepEqual(streams.slice(at, at + 3), [`a${n}`, `b${n}`, `c${n}`]);
    }
  });

  given('reading on from a position gives each commit once, the same as before', async (store) => {
    for (const n of upTo(7)) await store.append([append(`s${n}`, 0, n)]);
    const whole = await all(store, 7);
    const pieces: Commit[] = [];
    for (let after = 0, part: Commit[]; ; after = part.at(-1)!.position) {
      part = await store.readAll(after, 3);
      assert.ok(part.length <= 3);
      if (part.length === 0) break;
      pieces.push(...part);
    }
    assert.deepEqual(pieces.map(positioned), whole.map(positioned));
    assert.deepEqual(
      pieces.map(({ events }) => events.length),
      upTo(7),
    );
  });

  given('what was acknowledged before sequenced() has its position after it', async (store, here) => {
    const other = await here.open();
    await Promise.all(upTo(20).map((n) => (n % 2 ? store : other).append([append(`s${n}`, 0), append(`t${n}`, 0)])));
    await other.sequenced();
    assert.equal((await other.readAll(0, 50)).length, 40);
  });

  given('a listener is woken after an append, until it leaves', async (store) => {
    const woken = Promise.withResolvers<void>();
    let calls = 0;
    const leave = store.onAppend(() => {
      calls += 1;
      woken.resolve();
    });
    await store.append([append('a', 0)]);
    await woken.promise;
    leave();
    const before = calls;
    await store.append([append('a', 1)]);
    await all(store, 2);
    assert.equal(calls, before);
  });

  given('a cursor is 0 at first, kept apart by name, may go back, and outlives closing', async (store, here) => {
    assert.equal(await store.cursor('relay'), 0);
    await store.saveCursor('relay', 7);
    await store.saveCursor('other', 9);
    assert.deepEqual([await store.cursor('relay'), await store.cursor('other')], [7, 9]);
    await store.saveCursor('relay', 3);
    const again = await here.reopen(store);
    assert.deepEqual([await again.cursor('relay'), await again.cursor('other')], [3, 9]);
  });
}

const wrongVersion = (stream: string) => (error: unknown) => error instanceof WrongVersion && error.stream === stream;
