import assert from 'node:assert/strict';
import { test } from 'node:test';
import pino from 'pino';
import { ResearchContract } from '../../../contracts/research.ts';
import { hashOf, releasesOf } from '../../../contracts/testing/research.ts';
import { systemClock } from '../../../kernel/clock.ts';
import { Failure } from '../../../kernel/errors.ts';
import { embeddedLedger } from '../../../kernel/ledger/embedded.ts';
import type { Ledger } from '../../../kernel/ledger/port.ts';
import { anchor, type ReleaseClaim } from './anchor.ts';

const logger = pino({ level: 'silent' });
const chain: ReleaseClaim[] = releasesOf('everybody', 3).map((claim, at) => ({ ...claim, release: `r${at + 1}` }));
const going = new AbortController().signal;

function embedded() {
  const signingKey = Buffer.alloc(32, 1);
  const contracts = [new ResearchContract()];
  const ledger = embeddedLedger({ file: ':memory:', signingKey, organization: 'west', contracts, clock: systemClock });
  const releases = async () =>
    JSON.parse(await ledger.evaluate({ contract: 'research', fn: 'releases', args: [hashOf('everybody')] }));
  return { ledger, releases, ...anchor({ ledger, logger, retryMs: 1 }) };
}

test('a release is anchored with those before it that the ledger lacks, each once', async () => {
  const { release, releases } = embedded();
  const first = await release(chain.slice(0, 1), going);
  const third = await release(chain, going);
  assert.ok(third.block > first.block);
  const again = await release(chain, going);
  assert.ok(again.block >= third.block);
  assert.deepEqual(
    (await releases()).map(({ number, after }: { number: number; after: string }) => [number, after]),
    chain.map(({ after }, at) => [at + 1, after]),
  );
});

test('another chain than the ledger has is refused', async () => {
  const { release } = embedded();
  await release(chain, going);
  await assert.rejects(release([{ ...chain[0]!, release: 'other' }], going), { code: 'business-rule' });
});

test('a ledger that is down is waited for, as long as nobody ends it', async () => {
  const { ledger, releases } = embedded();
  let down = 3;
  const failing: Ledger = {
    ...ledger,
    async evaluate(transaction) {
      if (down-- > 0) throw new Failure('unavailable', 'The ledger does not answer.');
      return ledger.evaluate(transaction);
    },
  };
  const { release } = anchor({ ledger: failing, logger, retryMs: 1 });
  await release(chain, going);
  assert.equal((await releases()).length, 3);
  down = Number.POSITIVE_INFINITY;
  const stop = new AbortController();
  const waiting = release(chain, stop.signal);
  stop.abort(new Failure('conflict', 'cancelled'));
  await assert.rejects(waiting, /cancelled/);
});
