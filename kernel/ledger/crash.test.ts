import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { ConsentContract } from '../../contracts/consent.ts';
import { verifyChain } from './chain.ts';
import { embeddedLedger } from './embedded.ts';

const folder = mkdtempSync(join(tmpdir(), 'ledger-crash-'));
after(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'ledger.sqlite');

/** Submits without end, eight in flight, and says each policy once it is acknowledged. */
const writer = (from: number) => `
  import { writeSync } from 'node:fs';
  import { ConsentContract } from '${import.meta.resolve('../../contracts/consent.ts')}';
  import { embeddedLedger } from '${import.meta.resolve('./embedded.ts')}';
  const contracts = [new ConsentContract()];
  const ledger = embeddedLedger({ file: ${JSON.stringify(file)}, signingKey: Buffer.alloc(32, 1), organization: 'west', contracts, clock: Date });
  let next = ${from};
  for (let n = 0; n < 8; n++) void (async () => {
    for (;;) {
      const policy = String(next++).padStart(64, '0');
      const request = { policy, version: 1, state: 'granted', hash: 'a'.repeat(64), at: 1 };
      await ledger.submit({ contract: 'consent', fn: 'record', args: [JSON.stringify(request)] });
      writeSync(1, policy + '\\n');
    }
  })();`;

/** Kills a writer with SIGKILL at its n-th acknowledgement; returns what it had acknowledged. */
async function killedAt(n: number, from: number): Promise<string[]> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', writer(from)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const acknowledged: string[] = [];
  for await (const line of createInterface(child.stdout))
    if (line.length === 64 && acknowledged.push(line) === n) child.kill('SIGKILL');
  return acknowledged;
}

test('killed under load three times, nothing acknowledged is lost and the chain verifies', async () => {
  const acknowledged: string[] = [];
  for (const [round, n] of [40, 97, 161].entries()) {
    acknowledged.push(...(await killedAt(n, round * 100_000)));
    const report = verifyChain(file);
    assert.ok(report.valid, JSON.stringify(report));
    assert.ok(report.transactions >= acknowledged.length);
  }
  const contracts = [new ConsentContract()];
  const ledger = embeddedLedger({
    file,
    signingKey: Buffer.alloc(32, 1),
    organization: 'west',
    contracts,
    clock: { now: () => 0 },
  });
  for (const policy of acknowledged) await ledger.evaluate({ contract: 'consent', fn: 'policy', args: [policy] });
  await ledger.close();
});
