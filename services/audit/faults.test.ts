import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Failure } from '../../kernel/errors.ts';
import type { Committed, Ledger } from '../../kernel/ledger/port.ts';
import type { CheckpointRefused } from './domain/event.ts';
import { auditWorld, closeEngines, engines, publicEvent, until } from './testing/world.ts';

const down = async (): Promise<Committed> => {
  throw new Failure('unavailable', 'The ledger is down.');
};
const about = (patient: string, count: number) => Array.from({ length: count }, () => ({ patients: [patient] }));

test('while the ledger is down the log goes on, a proof says so, and anchoring catches up', async () => {
  const kept = await engines();
  let submit: Ledger['submit'] = down;
  const ledger = { ...kept.ledger, submit: (transaction) => submit(transaction) } as Ledger;
  const world = await auditWorld({ engines: kept, ledger });
  try {
    const [id] = await world.happened({ patients: ['p-ada'] });
    await world.integrated(1);
    await world.happened(...about('p-ada', 20));
    await world.integrated(21);
    assert.equal((await world.sizes()).anchored, 0);
    assert.match(await world.metrics.text(), /healthchain_anchor_lag 21/);
    await assert.rejects(world.proof('ada', id!), { code: 'unavailable' });
    assert.equal(world.service.unready(), undefined);
    submit = kept.ledger.submit;
    await world.anchored(21);
    assert.equal((await world.proof('ada', id!)).index, 0);
  } finally {
    await world.stop();
  }
});

test('a transaction of unknown outcome is submitted again, and changes nothing', async () => {
  const kept = await engines();
  let lost = 3;
  const ledger = {
    ...kept.ledger,
    async submit(transaction) {
      const committed = await kept.ledger.submit(transaction);
      if (lost-- > 0) throw new Failure('timeout', 'The answer was lost.');
      return committed;
    },
  } as Ledger;
  const world = await auditWorld({ engines: kept, ledger });
  try {
    await world.happened(...about('p-ada', 5));
    await world.anchored(5);
    const head = JSON.parse(await kept.ledger.evaluate({ contract: 'audit', fn: 'head', args: [] }));
    assert.equal(head.size, 5);
  } finally {
    await world.stop();
  }
});

test('killed between sequenced and anchored, it takes up its work: no entry is lost, none is there twice', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'audit-'));
  try {
    const before = await engines(folder);
    const messages = Array.from({ length: 40 }, () => publicEvent(before.seal, { patients: ['p-ada'] }));
    const first = await auditWorld({ engines: before, ledger: { ...before.ledger, submit: down } as Ledger });
    await before.bus.send('healthchain.records.v1', messages);
    await first.integrated(40);
    await first.stop();
    await closeEngines(before);

    const after = await engines(folder);
    await after.bus.send('healthchain.records.v1', messages); // a relay that lost its position
    const second = await auditWorld({ engines: after });
    const [last] = await second.happened({ patients: ['p-ada'] });
    await second.anchored(41);
    assert.equal((await second.sizes()).sequenced, 41);
    for (const id of [messages[0]!.id, messages[39]!.id, last!]) await second.proof('ada', id);
    await second.stop();
    await closeEngines(after);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a disk that is full for a while parks nothing, and no entry is there twice', async () => {
  const kept = await engines();
  let failures = 0;
  const views: typeof kept.views = {
    ...kept.views,
    async apply(writes) {
      if (failures > 0 && failures--) throw new Error('the disk is full');
      return kept.views.apply(writes);
    },
  };
  const world = await auditWorld({ engines: { ...kept, views } });
  try {
    await world.happened(...about('p-ada', 2));
    await world.anchored(2);
    failures = 3;
    await world.happened(...about('p-ada', 3));
    await until(() => world.service.unready() !== undefined);
    assert.match(world.service.unready()!, /gets no further/);
    await world.anchored(5);
    assert.equal((await world.sizes()).sequenced, 5);
    assert.deepEqual(await kept.bus.parked('audit'), []);
    assert.equal(world.service.unready(), undefined);
  } finally {
    await world.stop();
  }
});

test('a bus that does not answer, or fails, holds up no search of the trail', async () => {
  const kept = await engines();
  let lag = kept.bus.lag;
  const world = await auditWorld({ engines: { ...kept, bus: { ...kept.bus, lag: (...asked) => lag(...asked) } } });
  try {
    await world.happened({ patients: ['p-ada'] });
    await world.anchored(1);
    for (const broken of [down, () => new Promise(() => {})] as unknown as (typeof lag)[]) {
      lag = broken;
      assert.ok((await world.search('ada')).entry.length > 0);
    }
  } finally {
    await world.stop();
  }
});

test('a tampered tile: nothing more is signed, both trees are kept, and the service says so', async () => {
  const world = await auditWorld();
  const { views, store } = world.engines;
  try {
    const [id] = await world.happened(...about('p-ada', 3));
    await world.anchored(3);
    const tile = (await views.get('tiles', 'tile/0/000'))!;
    const body = Buffer.from(tile.body);
    body[40]! ^= 1; // in the hash of entry 1
    await views.clear('tiles');
    const entries = { ...tile, id: 'tile/entries/000', body: Buffer.alloc(3 * 34) };
    await views.apply([
      { collection: 'tiles', ...tile, body },
      { collection: 'tiles', ...entries },
    ]);
    await assert.rejects(world.proof('ada', id!), { code: 'exception' });
    assert.match(world.service.unready()!, /do not prove entry 0/);

    const { body: note } = await world.server.inject('/log/checkpoint');
    await world.happened({ patients: ['p-ada'] });
    await until(async () => (await store.version('refusal/2')) === 1 || (await store.version('refusal/3')) === 1);
    const [stored] = [...(await store.read('refusal/2')), ...(await store.read('refusal/3'))];
    const refused: CheckpointRefused = JSON.parse(Buffer.from(stored!.data).toString());
    assert.equal(refused.last, note);
    assert.equal(note.includes(refused.root), false);
    assert.equal((await world.server.inject('/log/checkpoint')).body, note);
  } finally {
    await world.stop();
  }
});

test('views rebuilt from the events are the same, and heal a tampered tile', async () => {
  const kept = await engines();
  const world = await auditWorld({ engines: kept });
  const [id] = await world.happened(...about('p-ada', 600));
  await world.anchored(600);
  const contents = async () => {
    const tiles = ['tile/0/000', 'tile/0/002', 'tile/1/000', 'tile/entries/002'];
    const documents = await Promise.all(tiles.map((tile) => kept.views.get('tiles', tile)));
    const events = await kept.views.get('events', id!);
    return JSON.stringify([documents, events, await kept.views.count('checkpoints', { all: '1' })]);
  };
  const before = await contents();
  await world.stop();
  await kept.views.clear('tiles');
  const again = await auditWorld({ engines: kept });
  await again.service.rebuild();
  try {
    assert.equal(await contents(), before);
    await again.proof('ada', id!);
  } finally {
    await again.stop();
  }
});

test('a ledger that contradicts the log ends anchoring, and the service says so', async () => {
  const kept = await engines();
  const ledger = {
    ...kept.ledger,
    submit: async (transaction) => {
      if (transaction.fn === 'anchor') throw new Failure('business-rule', 'anchored with other content');
      return kept.ledger.submit(transaction);
    },
  } as Ledger;
  const world = await auditWorld({ engines: kept, ledger });
  try {
    await world.happened({ patients: ['p-ada'] });
    await until(() => world.service.unready() !== undefined);
    assert.match(world.service.unready()!, /the ledger contradicts the audit log/);
  } finally {
    await world.stop();
  }
});
