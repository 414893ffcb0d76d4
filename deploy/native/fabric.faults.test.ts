import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import pino from 'pino';
import { systemClock } from '../../kernel/clock.ts';
import { readConfig } from '../../kernel/config.ts';
import { Failure } from '../../kernel/errors.ts';
import { fabricLedger } from '../../kernel/ledger/fabric.ts';
import { fabricConfig } from '../../kernel/ledger/fabricConfig.ts';
import type { Ledger, Transaction } from '../../kernel/ledger/port.ts';
import { leadingOrderer } from './fabric/leader.ts';
import { type Kit, kit } from './kit.ts';

const log = pino({ level: 'silent' });
const processes = ['orderer-1', 'orderer-2', 'orderer-3', 'peer-west', 'peer-east', 'chaincode-west', 'chaincode-east'];

/** What is killed at once, and whether transactions commit while it is away. */
const faults: [what: string, killed: (kit: Kit) => Promise<string[]>, goesOn: boolean][] = [
  ['the leading orderer', async (kit) => [await leadingOrderer(kit)], true],
  ['all orderers', async () => processes.filter((name) => name.startsWith('orderer')), false],
  ['an endorsing peer', async () => ['peer-east'], false],
  ["the platform's own gateway", async () => ['peer-west'], false],
  ['a chaincode server', async () => ['chaincode-west'], false],
  ['everything', async () => processes, false],
];

test('fabric: whatever is killed under load, what was acknowledged is on both ledgers, once', async (t) => {
  if (!process.env.ENGINE_FAULTS) return t.skip('NOT RUN: fabric (npm run test:engines)');
  const folder = mkdtempSync(join(tmpdir(), 'engines-'));
  const engines = kit(folder);
  try {
    const { variables } = await engines.up('fabric');
    const [west, east] = await Promise.all(['west', 'east'].map((name) => open(variables, name)));
    const load = underLoad(west!);
    for (const [what, killed, goesOn] of faults) {
      await load.acknowledges(20);
      for (const name of await killed(engines)) await engines.kill('fabric', name);
      if (goesOn) await load.acknowledges(20);
      await engines.up('fabric');
      await load.acknowledges(20);
      t.diagnostic(`${what}: longest gap ${load.longestGap()} ms`);
    }
    const acknowledged = await load.stop();
    await engines.down('fabric');
    await engines.up('fabric');
    for (const ledger of [west!, east!]) await audit(ledger, acknowledged);
    await Promise.all([west!.close(), east!.close()]);
  } finally {
    await engines.down('fabric', true);
    rmSync(folder, { recursive: true, force: true });
  }
});

test('fabric: of three organisations one may be away', async (t) => {
  if (!process.env.ENGINE_FAULTS) return t.skip('NOT RUN: fabric (npm run test:engines)');
  const folder = mkdtempSync(join(tmpdir(), 'engines-'));
  const engines = kit(folder, { orgs: 3, orderers: 1 });
  try {
    const { variables } = await engines.up('fabric');
    const west = await open(variables, 'west');
    for (const process of ['peer-north', 'chaincode-north']) await engines.kill('fabric', process);
    const { result } = await west.submit(record('1'.repeat(64)));
    assert.equal(JSON.parse(result).organization, 'west');
    await west.close();
  } finally {
    await engines.down('fabric', true);
    rmSync(folder, { recursive: true, force: true });
  }
});

function open(variables: Record<string, string>, organization: string): Promise<Ledger> {
  const organizations = JSON.parse(readFileSync(variables.FABRIC_ORGANIZATIONS!, 'utf8'));
  return fabricLedger({ config: readConfig(organizations[organization], fabricConfig), clock: systemClock, log });
}

/** Records policies, eight in flight; each again and again until it is acknowledged. */
function underLoad(ledger: Ledger) {
  const acknowledged = new Map<string, string>();
  let [next, last, gap, over] = [0, Date.now(), 0, false];

  async function one(policy: string): Promise<void> {
    for (;;) {
      try {
        const { result } = await ledger.submit(record(policy));
        acknowledged.set(policy, result);
        [gap, last] = [Math.max(gap, Date.now() - last), Date.now()];
        return;
      } catch (error) {
        assert.ok(error instanceof Failure && ['unavailable', 'timeout'].includes(error.code), String(error));
      }
    }
  }
  const worker = async () => {
    while (!over) await one(`${next++}`.padStart(64, '0'));
  };
  const workers = Promise.all(Array.from({ length: 8 }, worker));
  return {
    async acknowledges(more: number): Promise<void> {
      for (const before = acknowledged.size; acknowledged.size < before + more; )
        await Promise.race([workers, pause(20)]);
    },
    longestGap(): number {
      const longest = gap;
      gap = 0;
      return longest;
    },
    async stop(): Promise<Map<string, string>> {
      over = true;
      await workers;
      return acknowledged;
    },
  };
}

const record = (policy: string): Transaction => {
  const request = { policy, version: 1, state: 'granted', hash: policy, at: 1 };
  return { contract: 'consent', fn: 'record', args: [JSON.stringify(request)] };
};

async function audit(ledger: Ledger, acknowledged: Map<string, string>): Promise<void> {
  for (const [policy, result] of acknowledged) {
    const history = await ledger.evaluate({ contract: 'consent', fn: 'history', args: [policy] });
    assert.equal(history, `[${result}]`);
  }
}
