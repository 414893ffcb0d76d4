import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { contractsVersion } from '../../contracts/fabric/version.ts';
import { readConfig } from '../config.ts';
import { type FabricConfig, fabricConfig } from './fabricConfig.ts';
import type { FabricConnection } from './fabricConnection.ts';
import { gateways } from './fabricGateways.ts';
import { fabricIdentity } from './fabricIdentity.ts';
import { checkFabric } from './fabricStart.ts';
import { configOf, openAs, silent } from './fabricTesting.ts';

const clock = { now: Date.now };
const defaults = readConfig({}, fabricConfig);

/** The check against gateways whose chaincode answers so. */
function checkOf(...answers: string[]): Promise<boolean> {
  const ways = gateways({
    addresses: answers.map((_, n) => `${n}`),
    open: (address) =>
      ({
        contract: { evaluate: async () => Buffer.from(answers[Number(address)]!) },
        close() {},
      }) as unknown as FabricConnection,
    ...{ clock, log: silent, rest: 1, stuck: 1 },
  });
  return checkFabric(ways, defaults, clock, 100);
}
const answer = (version: number, chaincode = 'healthchain') => JSON.stringify({ chaincode, version });

test('the version of the contracts must be ours on every gateway', async () => {
  assert.equal(await checkOf(answer(contractsVersion), answer(contractsVersion)), true);
  const older =
    /has version \d+ of the contracts, this platform \d+: have the organisations install the newer chaincode/;
  await assert.rejects(checkOf(answer(contractsVersion), answer(contractsVersion - 1)), older);
  await assert.rejects(checkOf(answer(contractsVersion + 1)), /have the operator install the newer platform/);
});

test('another chaincode is none of ours', async () => {
  for (const other of [answer(contractsVersion, 'basic'), 'hello', '1', 'null'])
    await assert.rejects(checkOf(other), /is an old one of this platform, or none of it/, other);
});

test('a variable that is missing, or names no such file, is named', () => {
  for (const name of ['FABRIC_MSP_ID', 'FABRIC_CERTIFICATE'] as const)
    assert.throws(
      () => fabricIdentity({ ...defaults, FABRIC_MSP_ID: 'west', [name]: '' }, 0),
      new RegExp(`${name} is not set`),
    );
  const config = { ...defaults, FABRIC_MSP_ID: 'west', FABRIC_CERTIFICATE: join(import.meta.dirname, 'none.pem') };
  assert.throws(() => fabricIdentity(config, 0), /FABRIC_CERTIFICATE: cannot read/);
  assert.throws(
    () => fabricIdentity({ ...config, FABRIC_CERTIFICATE: import.meta.filename }, 0),
    /is not a certificate in PEM/,
  );
});

if (!process.env.FABRIC_ORGANIZATIONS) test('fabric start', (t) => t.skip('NOT RUN: fabric (npm run test:engines)'));
else {
  const own = configOf('west');
  const folder = dirname(process.env.FABRIC_ORGANIZATIONS);
  const cases: [what: string, change: Partial<FabricConfig>, message: RegExp][] = [
    [
      'an MSP id of another organisation',
      { FABRIC_MSP_ID: 'east' },
      /FABRIC_MSP_ID, FABRIC_CERTIFICATE and FABRIC_KEY/,
    ],
    ['an MSP id of none', { FABRIC_MSP_ID: 'nobody' }, /FABRIC_MSP_ID, FABRIC_CERTIFICATE and FABRIC_KEY/],
    [
      'a key of another',
      { FABRIC_KEY: configOf('east').FABRIC_KEY },
      /FABRIC_KEY is not the key of FABRIC_CERTIFICATE/,
    ],
    [
      'TLS by a stranger',
      { FABRIC_TLS_CA: join(folder, 'certificate.pem') },
      /TLS certificate that FABRIC_TLS_CA does not vouch for/,
    ],
    [
      'no TLS',
      { FABRIC_GATEWAYS: await adminOf(folder) },
      /TLS certificate that FABRIC_TLS_CA does not vouch for, or none/,
    ],
    ['a channel that is not there', { FABRIC_CHANNEL: 'other' }, /is not on the channel other/],
    ['a chaincode that is not there', { FABRIC_CHAINCODE: 'other' }, /has no chaincode other/],
    [
      'a chaincode that is not ours',
      { FABRIC_CHAINCODE: 'qscc' },
      /qscc is an old one of this platform, or none of it/,
    ],
    ['an address without a port', { FABRIC_GATEWAYS: 'localhost' }, /FABRIC_GATEWAYS: "localhost" is not host:port/],
    ['an expired certificate', {}, /FABRIC_CERTIFICATE expired/],
  ];
  for (const [what, change, message] of cases)
    test(`fabric: the start fails within 10 s, in one line: ${what}`, { timeout: 10_000 }, async () => {
      const start = async () => {
        if (what === 'an expired certificate') fabricIdentity(own, Date.UTC(2100, 0));
        await openAs('west', change, { start: 1000 });
      };
      await assert.rejects(start, (error: Error) => {
        assert.match(error.message, message);
        assert.ok(!error.message.includes('\n'));
        return true;
      });
    });

  test('fabric: the start does not fail because the ledger is away; what is submitted does', async () => {
    const ledger = await openAs('west', { FABRIC_GATEWAYS: 'localhost:1' }, { patience: 300 });
    const about = { contract: 'consent', fn: 'policy', args: ['a'.repeat(64)] } as const;
    await assert.rejects(ledger.submit({ ...about, args: [...about.args] }), { code: 'unavailable' });
    await assert.rejects(ledger.evaluate({ ...about, args: [...about.args] }), { code: 'unavailable' });
    await ledger.close();
  });
}

/** A port that speaks no TLS. */
async function adminOf(folder: string): Promise<string> {
  return `localhost:${JSON.parse(readFileSync(join(folder, 'ports.json'), 'utf8'))['orderer-1-admin']}`;
}
