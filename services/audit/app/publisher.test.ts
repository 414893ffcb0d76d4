import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sealedStore } from '../../../kernel/eventstore/sealed.ts';
import { openKeyring } from '../../../kernel/keys/keyring.ts';
import { noteSigner } from '../../../kernel/merkle/note.ts';
import { projector } from '../../../kernel/views/projection.ts';
import type { LogEvent } from '../domain/event.ts';
import { closeEngines, engines } from '../testing/world.ts';
import { emptyLog, nextBatch } from './batch.ts';
import { publisher } from './publisher.ts';
import { auditProjection, blindKeys } from './views.ts';

/** A log of so many batches, and publishers of it. */
async function logOf(count: number) {
  const kept = await engines();
  const { store, views, clock, ids } = kept;
  const keyring = await openKeyring({ service: 'audit', ...kept });
  const log = sealedStore<LogEvent>({ service: 'audit', store, keyring, clock, ids });
  const projections = [auditProjection(views, blindKeys(keyring))];
  const signer = await noteSigner('example.com/log', ids.bytes(32));
  const problems: string[] = [];
  async function open() {
    const onProblem = (problem: string) => void problems.push(problem);
    const common = { log, projector: projector({ store, log, views, projections }), views };
    const opened = publisher({ ...common, signer, origin: 'example.com/log', onProblem });
    await opened.open();
    return opened;
  }
  const first = await open();
  for (let head = emptyLog; head.batch < count; ) {
    const next = nextBatch(head, [ids.bytes(32), ids.bytes(32)]);
    await log.append([{ stream: 'log', expected: head.batch, owner: '', events: [next.batch] }]);
    head = next.head;
  }
  return { first, open, problems, close: () => closeEngines(kept) };
}

test('a batch whose writer has not come to its tiles is signed with them, not refused', async () => {
  const { first, problems, close } = await logOf(1);
  await first.publish();
  assert.deepEqual(problems, []);
  assert.equal(first.newest()?.size, 2);
  await close();
});

test('what another writer has published meanwhile is left as it is', async () => {
  const { first, open, problems, close } = await logOf(3);
  await (await open()).publish();
  await first.publish();
  assert.deepEqual(problems, []);
  assert.equal(first.newest()?.batch, 3);
  await close();
});
