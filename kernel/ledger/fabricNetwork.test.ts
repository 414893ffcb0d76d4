import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { StatusCode } from '@hyperledger/fabric-gateway';
import { commitment } from '../../contracts/opened.ts';
import { fabricTiming } from './fabricConfig.ts';
import { fabricConnection } from './fabricConnection.ts';
import { fabricIdentity } from './fabricIdentity.ts';
import { configOf, freezingProxy, openAs } from './fabricTesting.ts';
import type { ContractEvent, Ledger, Transaction } from './port.ts';

if (!process.env.FABRIC_ORGANIZATIONS) test('fabric network', (t) => t.skip('NOT RUN: fabric (npm run test:engines)'));
else {
  let west: Ledger;
  let east: Ledger;
  before(async () => {
    [west, east] = await Promise.all([openAs('west'), openAs('east')]);
  });
  after(() => Promise.all([west.close(), east.close()]));

  test('fabric: each organisation submits as itself, and each sees what the other wrote', async () => {
    const [w, e] = [fresh(), fresh()];
    await west.submit(register(w));
    assert.equal(JSON.parse((await east.submit(register(e))).result).registrar, 'east');
    await assert.rejects(east.submit(register(w, 'changed')), {
      code: 'business-rule',
      message: /Another organisation/,
    });
    const read = (ledger: Ledger, id: string) =>
      ledger.evaluate({ contract: 'registry', fn: 'organization', args: [id] });
    assert.equal(JSON.parse(await read(west, w)).registrar, 'west');
    assert.equal(JSON.parse(await read(east, w)).registrar, 'west'); // asked after its own commit: no peer is behind
  });

  test('fabric: a function reads other contracts, is given transient data, and leaves none of it on the ledger', async () => {
    const [requester, custodian] = [fresh(), fresh()];
    await west.submit(register(requester));
    await east.submit(register(custodian));
    const secret = `secret-${randomBytes(8).toString('hex')}`;
    const terms = JSON.stringify({
      dataClasses: ['Observation'],
      eraseAt: 9e14,
      frequency: { transfers: 1, window: 1 },
      from: 0,
      purpose: `test|${secret}`,
      recipientRole: 'practitioner',
      until: 8e14,
    });
    const salt = randomBytes(32);
    const request = { agreement: hex(), policy: hex(), requester, custodian, at: 1, terms: commitment(salt, terms) };
    const proposal: Transaction = {
      ...{ contract: 'sharing', fn: 'propose', args: [JSON.stringify(request)] },
      transient: { terms: Buffer.from(terms), termsSalt: salt },
    };
    const { result } = await west.submit(proposal);
    assert.equal(JSON.parse(result).state, 'proposed');
    const data = join(dirname(process.env.FABRIC_ORGANIZATIONS!), 'data');
    const holding = (text: string) => filesIn(data).filter((file) => readFileSync(file).includes(text));
    assert.ok(holding(request.agreement).length >= 2, 'the peers keep the arguments');
    assert.deepEqual(holding(secret), []);
  });

  test('fabric: what one organisation alone endorsed has no effect', async () => {
    const config = configOf('west');
    const connection = fabricConnection(
      config.FABRIC_GATEWAYS.split(',')[0]!,
      config,
      fabricIdentity(config, 0),
      fabricTiming,
    );
    const id = fresh();
    const [request] = register(id).args;
    const alone = { arguments: [request!], endorsingOrganizations: ['west'] };
    const status = await (await connection.contract.submitAsync('registry:registerOrganization', alone)).getStatus();
    connection.close();
    assert.equal(status.code, StatusCode.ENDORSEMENT_POLICY_FAILURE);
    await assert.rejects(west.evaluate({ contract: 'registry', fn: 'organization', args: [id] }), {
      code: 'business-rule',
    });
  });

  test('fabric: a read-only call cannot write', async () => {
    await assert.rejects(west.evaluate(register(fresh())), { code: 'business-rule', message: /submit it/ });
  });

  test('fabric: time is that of the transaction', async () => {
    const [begun, batch] = [Date.now(), anchor()];
    const { time } = JSON.parse((await west.submit(batch)).result);
    assert.ok(begun - 1000 <= time && time <= Date.now() + 1000);
  });

  test('fabric: the first gateway is away, the second serves', async () => {
    const [own] = configOf('west').FABRIC_GATEWAYS.split(',');
    const ledger = await openAs('west', { FABRIC_GATEWAYS: `localhost:1,${own}` });
    await ledger.submit(register(fresh()));
    await ledger.close();
  });

  test('fabric: a connection that hangs for ever is replaced by one that works', async () => {
    const proxy = await freezingProxy(configOf('west').FABRIC_GATEWAYS.split(',')[0]!);
    const ledger = await openAs('west', { FABRIC_GATEWAYS: proxy.address }, { call: 1000, commit: 1000, stuck: 1500 });
    await ledger.submit(register(fresh()));
    assert.equal(proxy.connections(), 1);
    proxy.freeze();
    const ids = Array.from({ length: 5 }, fresh);
    await Promise.all(ids.map((id) => ledger.submit(register(id))));
    assert.equal(proxy.connections(), 2);
    for (const id of ids) await ledger.evaluate({ contract: 'registry', fn: 'organization', args: [id] });
    await ledger.close();
    await proxy.close();
  });

  test('fabric: events go on, none missing and none twice, after their stream hung', async () => {
    const proxy = await freezingProxy(configOf('west').FABRIC_GATEWAYS.split(',')[0]!);
    const reader = await openAs('west', { FABRIC_GATEWAYS: proxy.address }, { call: 500, stuck: 500, quiet: 700 });
    const { block } = await west.submit(register(fresh()));
    const ids = Array.from({ length: 6 }, fresh);
    const stop = new AbortController();
    const seen: ContractEvent[] = [];
    const submit = (some: string[]) => Promise.all(some.map((id) => west.submit(register(id))));
    await submit(ids.slice(0, 2));
    for await (const event of reader.events(block + 1, stop.signal)) {
      if (!ids.includes(JSON.parse(event.payload).id)) continue;
      if (seen.push(event) === 1) {
        proxy.freeze();
        void submit(ids.slice(2));
        await reader.evaluate({ contract: 'registry', fn: 'organizations', args: [] }); // notices, and replaces
      }
      if (seen.length === ids.length) stop.abort();
    }
    assert.deepEqual(seen.map(({ payload }) => JSON.parse(payload).id).toSorted(), ids.toSorted());
    await reader.close();
    await proxy.close();
  });
}

const hex = () => randomBytes(32).toString('hex');
const fresh = () => `test-${randomBytes(8).toString('hex')}`;
const register = (id: string, name = id): Transaction => ({
  ...{ contract: 'registry', fn: 'registerOrganization' },
  args: [JSON.stringify({ id, name, keys: [] })],
});

/** The first entry of a tree, as a batch of a number that nobody took. */
function anchor(): Transaction {
  const entry = randomBytes(32);
  const sha256 = (...bytes: Uint8Array[]) => createHash('sha256').update(Buffer.concat(bytes)).digest('base64');
  const batch = randomBytes(5).readUIntBE(0, 5) + 1;
  const roots = { oldRoot: sha256(), newRoot: sha256(Buffer.of(0), entry) };
  const request = { batch, start: 0, size: 1, entries: [entry.toString('base64')], frontier: [], ...roots };
  return { contract: 'audit', fn: 'anchor', args: [JSON.stringify(request)] };
}

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((file) => statSync(file).isFile());
