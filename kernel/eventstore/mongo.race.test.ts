import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import pino from 'pino';
import { mongoEventStore } from './mongo.ts';
import { testDatabases } from './mongoTesting.ts';
import type { Commit, EventStore } from './port.ts';
import { positioned, upTo } from './testing.ts';

const url = process.env.MONGODB_URL ?? '';
const databases = testDatabases(url);
if (url) after(databases.drop);

test('processes race, some are killed: what was acknowledged is there, once, whole and in one order', async (t) => {
  if (!url) return t.skip('NOT RUN: MongoDB (npm run test:engines)');
  const name = databases.name();
  const database = await databases.open(name);
  const store = await mongoEventStore(database, { log: pino({ level: 'silent' }) });
  const racers = upTo(4).map((n) => race(name, n < 4));
  const live = follow(store, racers);
  for (const [index, racer] of racers.slice(0, 3).entries()) {
    await racer.until(10 + 10 * index);
    racer.kill();
  }
  const acknowledged = (await Promise.all(racers.map(({ ended }) => ended))).flat();
  const commits = await live;
  assert.deepEqual(
    commits.map(({ position }) => position),
    upTo(commits.length),
  );
  assert.deepEqual((await store.readAll(0, commits.length + 1)).map(positioned), commits.map(positioned));
  await inStep(store, commits);
  wholeAndOnce(commits, acknowledged);
  await store.close();
  await database.close();
});

/** Reads on while others write, until all have ended and nothing more comes. */
async function follow(store: EventStore, racers: { ended: Promise<unknown> }[]): Promise<Commit[]> {
  const seen: Commit[] = [];
  let racing = true;
  void Promise.all(racers.map(({ ended }) => ended)).then(() => {
    racing = false;
  });
  for (let quiet = 0; quiet < 100; ) {
    const page = await store.readAll(seen.length, 7);
    seen.push(...page);
    quiet = racing || page.length > 0 ? 0 : quiet + 1;
    if (page.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return seen;
}

async function inStep(store: EventStore, commits: Commit[]): Promise<void> {
  for (const [stream, its] of Map.groupBy(commits, (commit) => commit.stream)) {
    const ids = its.flatMap(({ events }) => events.map(({ id }) => id));
    const read = await store.read(stream);
    assert.deepEqual(
      read.map(({ id }) => id),
      ids,
    );
    assert.deepEqual(
      read.map(({ version }) => version),
      upTo(ids.length),
    );
  }
}

function wholeAndOnce(commits: Commit[], acknowledged: string[][][]): void {
  const at = new Map(commits.flatMap(({ position, events }) => events.map(({ id }) => [id, position] as const)));
  assert.equal(at.size, commits.flatMap(({ events }) => events).length);
  assert.ok(acknowledged.length > 60, `${acknowledged.length} were acknowledged`);
  for (const append of acknowledged) {
    const positions = append.map(([id]) => at.get(id!));
    assert.ok(positions[0]);
    assert.deepEqual(
      positions,
      append.map((_, index) => positions[0]! + index),
    );
  }
}

function race(database: string, mortal: boolean) {
  const racer = join(import.meta.dirname, 'mongoRacerTesting.ts');
  const args = [racer, url, database, '30', ...(mortal ? ['mortal'] : [])];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  const reader = createInterface(child.stdout).on('line', (line) => void lines.push(line));
  const ended = once(child, 'exit').then(() => lines.map((line) => JSON.parse(line) as string[][]));
  return {
    ended,
    kill: () => child.kill('SIGKILL'),
    async until(count: number) {
      while (lines.length < count) {
        const over = await Promise.race([once(reader, 'line').then(() => false), ended.then(() => true)]);
        if (over) assert.fail(`a process ended after ${lines.length} appends`);
      }
    },
  };
}
