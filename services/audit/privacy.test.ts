import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openKeyring } from '../../kernel/keys/keyring.ts';
import { verifyChain } from '../../kernel/ledger/chain.ts';
import { auditWorld, closeEngines, engines, type TestEngines } from './testing/world.ts';

/** As the erasure of a patient will do it. */
async function erase({ keys, store, ids, clock }: TestEngines, patient: string): Promise<void> {
  await (await openKeyring({ service: 'audit', keys, store, ids, clock })).destroy(patient);
}

const found = async (world: Awaited<ReturnType<typeof auditWorld>>, token: string) => {
  const { entry } = await world.search(token, 'subtype=read');
  return entry.map(({ resource }: { resource: { id: string } }) => resource.id);
};

test('erasing a patient’s key ends their entries; the commitments stay, and all other proofs hold', async () => {
  const world = await auditWorld();
  try {
    const [adas, bobs, both] = await world.happened(
      { patients: ['p-ada'] },
      { patients: ['p-bob'] },
      { patients: ['p-ada', 'p-bob'] },
    );
    await world.anchored(3);
    const before = (await world.server.inject('/log/tile/entries/000.p/3')).rawPayload;
    await erase(world.engines, 'p-ada');
    await assert.rejects(world.proof('west', adas!), { code: 'not-found' });
    await assert.rejects(found(world, 'ada'), { code: 'deleted' });
    assert.deepEqual((await found(world, 'bob')).toSorted(), [bobs, both].toSorted());
    assert.equal((await world.proof('bob', bobs!)).index, 1);
    assert.deepEqual((await world.server.inject('/log/tile/entries/000.p/3')).rawPayload, before);
  } finally {
    await world.stop();
  }
});

test('an event about an erased patient that comes late is a commitment and nothing more', async () => {
  const world = await auditWorld();
  try {
    await world.happened({ patients: ['p-ada'] });
    await world.anchored(1);
    await erase(world.engines, 'p-ada');
    const [late] = await world.happened({ patients: ['p-ada'] });
    await world.anchored(2);
    await assert.rejects(world.proof('west', late!), { code: 'not-found' });
  } finally {
    await world.stop();
  }
});

test('nothing about a person is readable in any file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'audit-'));
  try {
    const kept = await engines(folder);
    const world = await auditWorld({ engines: kept });
    const secrets = ['Dr-Readable', 'obs-readable', 'Observation?code=secret-code', 'patient-organization'];
    await world.happened({
      patients: ['p-ada'],
      by: secrets[0]!,
      organization: secrets[3]!,
      detail: {
        entities: [{ type: 'Observation', id: secrets[1]!, version: 1 } as never],
        query: Buffer.from(secrets[2]!),
        custodian: 'west',
      },
    });
    await world.anchored(1);
    await world.search('officer', 'agent=dr-sought');
    await world.stop();
    await closeEngines(kept);
    const files = readdirSync(folder).map((name) => readFileSync(join(folder, name)));
    assert.ok(files.length >= 4);
    for (const secret of [...secrets, 'dr-sought', 'officer'])
      for (const form of [secret, Buffer.from(secret).toString('base64').replace(/=+$/, '').slice(0, -1)])
        for (const bytes of files) assert.equal(bytes.includes(form), false, form);
    assert.equal(verifyChain(join(folder, 'ledger.db')).valid, true);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
