import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { randomIds, systemClock } from '../../kernel/clock.ts';
import { Failure } from '../../kernel/errors.ts';
import type { EventStore } from '../../kernel/eventstore/port.ts';
import { sealedStore } from '../../kernel/eventstore/sealed.ts';
import { openKeyring } from '../../kernel/keys/keyring.ts';
import { buildStream, foldBuild } from './app/release/builds.ts';
import { pieces, whole } from './app/release/pieces.ts';
import { packageOwner } from './app/release/stored.ts';
import type { ResearchEvent } from './domain/event.ts';
import { approved, built, download, until, type World } from './testing/study.ts';
import { disk } from './testing/world.ts';

/** Engines that fail or wait as the test wants, in front of what is kept. */
function fragile() {
  const kept = disk();
  const switches = { ledgerDown: false, beforePackage: async (): Promise<void> => {} };
  const store: EventStore = Object.create(kept.store, {
    append: {
      async value(...args: Parameters<EventStore['append']>) {
        if (args[0].some(({ stream }) => stream.startsWith('package/'))) await switches.beforePackage();
        return kept.store.append(...args);
      },
    },
  });
  const ledger = Object.create(kept.ledger, {
    evaluate: {
      async value(...args: Parameters<typeof kept.ledger.evaluate>) {
        if (switches.ledgerDown) throw new Failure('unavailable', 'The ledger is down.');
        return kept.ledger.evaluate(...args);
      },
    },
  });
  return { kept, switches, engines: { store, ledger } };
}

/** What is kept, as another process reads it. */
async function opened(kept: ReturnType<typeof disk>) {
  const engines = { ...kept, clock: systemClock, ids: randomIds };
  const keyring = await openKeyring({ service: 'research', ...engines });
  return sealedStore<ResearchEvent>({ service: 'research', keyring, ...engines });
}

/** Resolves once the build is at the ledger. */
async function anchoring({ call }: World, request: string): Promise<void> {
  for (;;) {
    const { body } = await call('hale', 'GET', `${request}/build`);
    assert.ok(['queued', 'running'].includes(body.status), JSON.stringify(body));
    if (body.step === 'anchor') return;
    await pause(10);
  }
}

test('a full disk fails the build and leaves no package; once there is room it goes on', async (t) => {
  const { kept, switches, engines } = fragile();
  const world = await approved(t, 240, { disk: kept, engines });
  const request = await world.request();
  switches.beforePackage = () => Promise.reject(new Failure('unavailable', 'The disk is full.'));
  const failed = await built(world, request);
  assert.deepEqual([failed.status, failed.code, failed.step], ['failed', 'unavailable', 'package']);
  assert.deepEqual((await world.call('hale', 'GET', '/releases')).body.releases, []);
  switches.beforePackage = async () => {};
  const { release } = await built(world, request);
  assert.equal((await download(world, release)).status, 200);
});

test('a cancelled build ends where it is, and goes on when it is started again', async (t) => {
  const { kept, switches, engines } = fragile();
  const world = await approved(t, 240, { disk: kept, engines });
  const request = await world.request();
  switches.beforePackage = async () => {
    switches.beforePackage = async () => {};
    await world.post('gray', `${request}/build/cancel`);
  };
  await built(world, request, 'cancelled');
  assert.deepEqual((await world.call('hale', 'GET', '/releases')).body.releases, []);
  assert.equal((await world.call('ward', 'POST', `${request}/build/cancel`)).status, 403);
  assert.equal((await built(world, request)).status, 'sealed');
  assert.equal((await world.call('hale', 'POST', `${request}/build/cancel`)).status, 422);
});

test('a request that ends while it is built ends the build', async (t) => {
  const { kept, switches, engines } = fragile();
  const world = await approved(t, 240, { disk: kept, engines });
  const request = await world.request();
  switches.beforePackage = async () => {
    switches.beforePackage = async () => {};
    assert.equal((await world.post('gray', `${request}/close`)).status, 'closed');
  };
  await built(world, request, 'cancelled');
  assert.match((await world.call('hale', 'POST', `${request}/build`)).text, /it is closed/);
});

test('whoever withdraws while it is put together is not in it', async (t) => {
  const { kept, switches, engines } = fragile();
  const world = await approved(t, 240, { disk: kept, engines });
  const request = await world.request();
  switches.beforePackage = async () => {
    world.participants.splice(100, 1);
    switches.beforePackage = async () => {};
  };
  const { release } = await built(world, request);
  assert.equal((await download(world, release)).status, 200); // everybody in it consents
});

test('a process that stops puts its build back; the next one begins with the records anew', async (t) => {
  const { kept, switches, engines } = fragile();
  const first = await approved(t, 240, { disk: kept, engines });
  const request = await first.request();
  const reached = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  switches.beforePackage = () => {
    reached.resolve();
    return gate.promise;
  };
  await first.post('hale', `${request}/build`);
  await reached.promise;
  const stopped = first.stop();
  gate.resolve();
  await stopped;
  switches.beforePackage = async () => {};
  const next = await approved(t, 240, { disk: kept });
  assert.equal((await until(next, request, 'sealed', 'failed')).status, 'sealed');
  assert.equal(next.reads.length, 240);
});

test('what a process held that died is taken up by another, and what it kept half is destroyed', async (t) => {
  const kept = disk();
  const first = await approved(t, 240, { disk: kept });
  const request = await first.request();
  await first.stop();
  const log = await opened(kept);
  const id = request.split('/').at(-1)!;
  const dead = [
    { type: 'BuildStarted', study: first.study, by: 'hale', at: 1 },
    { type: 'BuildClaimed', runner: 'dead', at: 1 },
    { type: 'BuildProgressed', step: 'package', draft: 'half', at: 1 },
  ] as const;
  await pieces(log).store('package/half', packageOwner('half'), [['data.csv', Buffer.from('rows')]]);
  await log.append([{ stream: buildStream(id), expected: 0, owner: 'organization/northgate', events: [...dead] }]);
  const next = await approved(t, 240, { disk: kept });
  assert.equal((await until(next, request, 'sealed', 'failed')).status, 'sealed');
  assert.equal((await foldBuild(log, id)).state.status, 'sealed');
  await assert.rejects(whole(pieces(log).read('package/half', 'data.csv')), { code: 'deleted' });
});

test('while the ledger is down a registered release waits; after a restart nobody’s record is read again', async (t) => {
  const { kept, switches, engines } = fragile();
  const first = await approved(t, 240, { disk: kept, engines });
  const request = await first.request();
  switches.ledgerDown = true;
  await first.post('hale', `${request}/build`);
  await anchoring(first, request);
  await first.stop();
  const next = await approved(t, 240, { disk: kept });
  const { release } = await until(next, request, 'sealed', 'failed');
  assert.deepEqual(next.reads, []);
  assert.equal((await download(next, release)).status, 200);
});

test('a request that is closed while its release waits for the ledger leaves no package', async (t) => {
  const { kept, switches, engines } = fragile();
  const world = await approved(t, 240, { disk: kept, engines });
  const request = await world.request();
  switches.ledgerDown = true;
  await world.post('hale', `${request}/build`);
  await anchoring(world, request);
  assert.equal((await world.post('gray', `${request}/close`)).status, 'closed');
  const log = await opened(kept);
  const { state } = await foldBuild(log, request.split('/').at(-1)!);
  assert.ok(state.status === 'cancelled' && state.release);
  await assert.rejects(whole(pieces(log).read(`package/${state.release}`, 'data.csv')), { code: 'deleted' });
});

test('who withdraws while the ledger is down is in nothing that leaves', async (t) => {
  const { kept, switches, engines } = fragile();
  const world = await approved(t, 240, { disk: kept, engines });
  const request = await world.request();
  switches.ledgerDown = true;
  await world.post('hale', `${request}/build`);
  await anchoring(world, request);
  world.participants.splice(100, 1);
  switches.ledgerDown = false;
  const failed = await until(world, request, 'sealed', 'failed');
  assert.deepEqual([failed.status, failed.code], ['failed', 'conflict']);
  assert.match(failed.reason, /discarded/);
  assert.deepEqual((await world.call('hale', 'GET', '/releases')).body.releases, []);
});
