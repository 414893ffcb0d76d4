import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { randomIds } from '../../kernel/clock.ts';
import { inProcess } from '../../kernel/rpc/inprocess.ts';
import { ConsentService } from '../../proto/gen/healthchain/consent/v1/consent_pb.ts';
import { consentWorld } from './testing/world.ts';

const study = randomUUID();
const named = `urn:healthchain:study|${study}`;
const researcher = { subject: 'hale', organization: 'northgate', role: 'researcher' };
const asked = { actor: researcher, action: 'access', purposeOfUse: 'HRESCH', study };

async function world(t: TestContext) {
  const made = await consentWorld(t);
  const { consent, outside, logIn } = made;
  const grant = (patient: string, purposes: string[], more: object = {}) =>
    outside.grant(
      { patient, grantee: { organization: 'northgate' }, purposes, ...more },
      logIn(patient, 'patient', { patient }),
    );
  const revoke = (patient: string, id: string) =>
    outside.revoke({ consent: id }, logIn(patient, 'patient', { patient }));
  async function consenting(change: object = {}): Promise<string[]> {
    const found: string[] = [];
    for await (const { patients } of consent.listConsenting({ ...asked, ...change })) found.push(...patients);
    return found.sort();
  }
  async function permits(patient: string, change: object = {}) {
    const { decisions } = await consent.check({ patients: [patient], ...asked, ...change });
    return decisions[0]!.permit;
  }
  return { ...made, grant, revoke, consenting, permits };
}

test('listed is who permits the study or its class, and nobody else', async (t) => {
  const { grant, consenting } = await world(t);
  await grant('of-study', [named]);
  await grant('of-class', ['HRESCH']);
  await grant('of-both', [named, 'HRESCH']);
  await grant('of-another', [`urn:healthchain:study|${randomUUID()}`]);
  await grant('of-another-class', ['CLINTRCH']);
  await grant('of-treatment', ['TREAT']);
  await grant('of-another-organisation', [named], { grantee: { organization: 'harbour' } });
  assert.deepEqual(await consenting(), ['of-both', 'of-class', 'of-study']);
  assert.deepEqual(await consenting({ study: '' }), ['of-both', 'of-class']);
  await assert.rejects(consenting({ purposeOfUse: 'TREAT' }), /no purpose of research/);
});

test('the newest statement counts: a study is left while the class stays permitted, and the other way round', async (t) => {
  const { grant, revoke, consenting, permits } = await world(t);
  await grant('berg', ['HRESCH']);
  const left = await grant('berg', [named], { deny: true });
  await grant('lind', [named]);
  await grant('lind', ['HRESCH'], { deny: true });
  assert.deepEqual([await consenting(), await permits('berg', { study: randomUUID() })], [[], true]);
  await revoke('berg', left.consent);
  assert.deepEqual(await consenting(), ['berg']);
});

test('a consent that is revoked, over, or amended to another purpose is not listed; a rebuilt view is the same', async (t) => {
  const { grant, revoke, consenting, clock, service } = await world(t);
  const { consent } = await grant('berg', [named]);
  const until = { seconds: BigInt(clock.time / 1000 + 60), nanos: 0 };
  await grant('lind', [named], { until });
  await grant('wolf', [named]);
  assert.deepEqual(await consenting(), ['berg', 'lind', 'wolf']);
  await revoke('berg', consent);
  clock.time += 61_000;
  assert.deepEqual(await consenting(), ['wolf']);
  await service.rebuild();
  assert.deepEqual(await consenting(), ['wolf']);
});

test('a study opens research only, and only services are told who takes part', async (t) => {
  const { grant, permits, service, logIn, outside } = await world(t);
  await grant('berg', [named]);
  assert.deepEqual([await permits('berg'), await permits('berg', { purposeOfUse: 'TREAT' })], [true, false]);
  const drain = async (client: typeof outside, options = {}) => {
    for await (const _ of client.listConsenting(asked, options)) assert.fail('nothing may be told');
  };
  await assert.rejects(drain(outside, logIn('hale', 'researcher')), /Only services/);
  const authenticate = () => assert.fail();
  const nobody = inProcess({ services: () => service.rpc, authenticate, ids: randomIds }).client(ConsentService);
  await assert.rejects(drain(nobody), /Only services/);
});

test('a decision for a study is watched and explained as it is checked', async (t) => {
  const { grant, revoke, consent } = await world(t);
  const { consent: id } = await grant('berg', [named]);
  const { patient, ...of } = { patient: 'berg', ...asked };
  const explained = await consent.explain({ patient, ...of });
  assert.equal(explained.decision!.permit, true);
  assert.ok(explained.steps.some(({ rule, decided }) => decided && rule.includes(id)));
  assert.equal((await consent.explain({ patient, ...of, study: randomUUID() })).decision!.permit, false);
  const permits: boolean[] = [];
  for await (const { decision } of consent.watch({ patient, ...of })) {
    permits.push(decision!.permit);
    if (!decision!.permit) break;
    await revoke(patient, id);
  }
  assert.deepEqual(permits, [true, false]);
});
