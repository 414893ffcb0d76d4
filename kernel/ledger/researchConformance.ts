import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { hashOf, recallOf, releasesOf, statementOf } from '../../contracts/testing/research.ts';
import type { Ledger } from './port.ts';

/**
 * What every ledger promises of contracts whose records follow on each other, as those of the research contract do.
 * `open` gives one ledger with the registry and research contracts, empty or used.
 */
export function researchConformance(adapter: string, open: () => Promise<Ledger>): void {
  let ledger: Ledger;
  before(async () => {
    ledger = await open();
    const args = [JSON.stringify({ id: 'northgate', name: 'northgate', keys: [] })];
    await ledger.submit({ contract: 'registry', fn: 'registerOrganization', args });
  });
  after(() => ledger.close());
  const given = (name: string, body: () => Promise<void>) => test(`${adapter}: ${name}`, body);
  const submit = async (fn: string, request: object) =>
    JSON.parse((await ledger.submit({ contract: 'research', fn, args: [JSON.stringify(request)] })).result);
  const evaluate = async (fn: string, arg: string) =>
    JSON.parse(await ledger.evaluate({ contract: 'research', fn, args: [arg] }));

  given('releases make a chain, and their recall and attestations stand beside them', async () => {
    const domain = randomUUID();
    const releases = releasesOf(domain, 3);
    for (const [at, request] of releases.entries()) assert.equal((await submit('release', request)).number, at + 1);
    assert.equal((await evaluate('head', hashOf(domain))).after, releases[2]!.after);
    assert.equal((await evaluate('releases', hashOf(domain))).length, 3);
    const { release } = releases[0]!;
    await submit('recall', recallOf(release));
    await submit('attest', statementOf(release, 'northgate'));
    const { recall, attestations } = await evaluate('standing', release);
    assert.deepEqual([recall.deadline, attestations.length], [3_000, 1]);
  });

  given('a release that does not follow on the head is refused; the same one again is not', async () => {
    const [first, second, third] = releasesOf(randomUUID(), 3) as [object, object, object];
    const kept = await submit('release', first);
    await assert.rejects(submit('release', third), { code: 'business-rule' });
    await submit('release', second);
    assert.deepEqual(await submit('release', first), kept);
  });

  given('of two releases that race for one place, one is kept and the other refused', async () => {
    const domain = randomUUID();
    const [first] = releasesOf(domain, 1);
    const rivals = ['a', 'b'].map((name) => submit('release', { ...first, release: hashOf(`${domain} ${name}`) }));
    const outcomes = await Promise.allSettled(rivals);
    assert.deepEqual(outcomes.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
    assert.equal((await evaluate('releases', hashOf(domain))).length, 1);
  });
}
