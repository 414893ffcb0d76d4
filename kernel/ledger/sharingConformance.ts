import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { given as consents } from '../../contracts/rules/testing/given.ts';
import { saltOf, sharingStage, terms, transferIn } from '../../contracts/testing/sharing.ts';
import type { Stage } from '../../contracts/testing.ts';
import type { ContractEvent, Ledger } from './port.ts';

/**
 * What every ledger promises of contracts that are shown what must not be kept, and look at each other's state: the
 * sharing contract does both. `open` gives one ledger with the registry, consent and sharing contracts, empty or used.
 */
export function sharingConformance(adapter: string, open: () => Promise<Ledger>): void {
  let ledger: Ledger;
  before(async () => {
    ledger = await open();
    for (const id of ['lindenhof', 'northgate']) {
      const args = [JSON.stringify({ id, name: id, keys: [] })];
      await ledger.submit({ contract: 'registry', fn: 'registerOrganization', args });
    }
  });
  after(() => ledger.close());
  const given = (name: string, body: () => Promise<void>) => test(`${adapter}: ${name}`, body);
  const always = { ...terms, from: 0, until: Date.UTC(2100, 0), eraseAt: Date.UTC(2100, 0) };
  const accepted = async () => {
    const sharing = await sharingStage(always, stageOn(ledger), randomUUID());
    await sharing.restate(1);
    await sharing.propose();
    await sharing.accept();
    return sharing;
  };

  given('a contract decides on what it is shown, and nothing of that is kept', async () => {
    const from = (await ledger.height()) + 1;
    const { authorise, fulfil } = await accepted();
    const transfer = transferIn(await authorise(1));
    await fulfil(1);
    const told = await eventsOf(ledger, from, transfer.agreement, 4);
    assert.deepEqual(
      told.map(({ contract, name }) => `${contract}.${name}`),
      ['sharing.proposed', 'sharing.accepted', 'sharing.authorised', 'sharing.fulfilled'],
    );
    const kept = JSON.stringify(told);
    for (const shown of ['jack', 'anna', 'TREAT', 'Observation']) assert.ok(!kept.includes(shown), shown);
  });

  given('what another contract keeps is seen as it is now', async () => {
    const { authorise, restate } = await accepted();
    await restate(2, consents([]));
    await assert.rejects(authorise(1), { code: 'business-rule' });
    await restate(3);
    assert.equal(transferIn(await authorise(1, { salt: saltOf('head 3') })).head, 3);
  });

  given('without what it must be shown, or with something else, a contract refuses', async () => {
    const { authorise, propose } = await accepted();
    await assert.rejects(authorise(1, { salt: saltOf('another') }), { code: 'business-rule' });
    await assert.rejects(authorise(1, { terms }), { code: 'business-rule' });
    await assert.rejects(propose({ policy: 'f'.repeat(64) }), { code: 'business-rule' });
  });

  given('of two different questions that race for one transfer, one is authorised', async () => {
    const { authorise, ...sharing } = await accepted();
    const asked = ['anna', 'ben'].map((subject) => authorise(1, { question: questionOf(subject) }));
    const rivals = await Promise.allSettled(asked);
    assert.deepEqual(rivals.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
    assert.equal((await sharing.stored()).transfers, 1);
  });
}

const questionOf = (subject: string) => ({
  ...{ patient: 'jack', action: 'collect', purpose: 'TREAT', at: 0 },
  actor: { subject, organization: 'lindenhof', role: 'practitioner', careTeams: [] },
});

/** The ledger as a stage; its organisation takes every caller's steps. */
function stageOn(ledger: Ledger): Stage {
  const submit: Stage['submit'] = async (_caller, { contract, fn, args, transient = {} }) => {
    const texts = args.map((arg) => (typeof arg === 'string' ? arg : JSON.stringify(arg)));
    const bytes = Object.entries(transient).map(([name, value]) => [name, Buffer.from(value as string)] as const);
    const transaction = { contract, fn, args: texts, transient: Object.fromEntries(bytes) };
    const readOnly = fn === 'agreement';
    const result = readOnly ? await ledger.evaluate(transaction) : (await ledger.submit(transaction)).result;
    return { result: JSON.parse(result), writes: [], events: [] };
  };
  return { submit, call: () => Promise.reject(new Error('name the contract')), clock: { time: 0 } };
}

/** The next `count` events about an agreement. */
async function eventsOf(ledger: Ledger, from: number, agreement: string, count: number): Promise<ContractEvent[]> {
  const found: ContractEvent[] = [];
  const stop = new AbortController();
  for await (const event of ledger.events(from, stop.signal)) {
    if (event.payload.includes(agreement)) found.push(event);
    if (found.length === count) stop.abort();
  }
  return found;
}
