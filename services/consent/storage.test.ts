import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromBinary } from '@bufbuild/protobuf';
import type { Received } from '../../kernel/bus/port.ts';
import { Failure } from '../../kernel/errors.ts';
import { detailOpener } from '../../kernel/keys/detail.ts';
import { AuditDetailSchema, EventType, PublicEventSchema } from '../../proto/gen/healthchain/event/v1/event_pb.ts';
import { consentWorld, disk, minute, question } from './testing/world.ts';

const refused = (code: string) => (error: unknown) => error instanceof Failure && error.code === code;
const reader = question('p-1', 'chen', 'lindenhof');
const reason = { system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'ETREAT' };
type World = Awaited<ReturnType<typeof consentWorld>>;

async function until<T>(look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise(setImmediate);
  }
}

/** A consent granted and revoked, one in force, and a declaration that ended. */
async function history({ outside, logIn }: World) {
  const ada = logIn('ada', 'patient', { patient: 'p-1' });
  const evans = logIn('evans', 'practitioner', { organization: 'harbour' });
  const revoked = await outside.grant({ grantee: { organization: 'lindenhof' } }, ada);
  await outside.revoke({ consent: revoked.consent }, ada);
  const inForce = await outside.grant({ grantee: { organization: 'lindenhof' } }, ada);
  const declared = await outside.declareBreakGlass({ patient: 'p-1', reason, reasonText: 'unconscious' }, evans);
  await outside.endBreakGlass({ id: declared.id }, evans);
  return { ada, evans, revoked, inForce, declared };
}

test('after a restart, and after a rebuild of the views, everything is as it was', async (t) => {
  const kept = disk();
  const before = await consentWorld(t, { disk: kept });
  const { inForce, declared } = await history(before);
  const decided = (await before.consent.check(reader)).decisions;
  await before.stop();

  const after = await consentWorld(t, { disk: kept });
  assert.deepEqual((await after.consent.check(reader)).decisions, decided);
  const whereabouts = () =>
    Promise.all(
      ['consents', 'break-glass'].map((collection) =>
        kept.views.find(collection, { where: { patient: 'p-1' }, limit: 10 }),
      ),
    );
  const documents = await whereabouts();
  await after.service.rebuild();
  assert.deepEqual(await whereabouts(), documents);
  const ada = after.logIn('ada', 'patient', { patient: 'p-1' });
  const gray = after.logIn('gray', 'privacy-officer', { organization: 'harbour' });
  assert.equal((await after.outside.listBreakGlass({}, gray)).declarations[0]!.id, declared.id);
  const { version } = await after.outside.revoke({ consent: inForce.consent }, ada);
  assert.equal(version, 2);
});

test('once the key of a patient is destroyed, nothing is answered about them, from memory neither', async (t) => {
  const world = await consentWorld(t);
  const { consent, outside, logIn, disk: kept, service } = world;
  const { ada, inForce } = await history(world);
  await consent.check(reader);
  await kept.keys.destroy('consent/p-1');
  await assert.rejects(consent.check(reader), refused('deleted'));
  await assert.rejects(outside.readConsent({ id: inForce.consent }, ada), refused('deleted'));
  const gray = logIn('gray', 'privacy-officer', { organization: 'harbour' });
  assert.deepEqual((await outside.listBreakGlass({}, gray)).declarations, []);
  await service.rebuild();
});

test('break-glass that ran out is taken down as ended, once, at its own time', async (t) => {
  const { outside, logIn, clock, disk: kept } = await consentWorld(t, { env: { BREAK_GLASS_SWEEP_MS: '2' } });
  const evans = logIn('evans', 'practitioner', { organization: 'harbour' });
  const declared = await outside.declareBreakGlass(
    { patient: 'p-1', reason, reasonText: 'unconscious', minutes: 1 },
    evans,
  );
  clock.time += 5 * minute;
  const ended = await until(async () => {
    const { declarations } = await outside.listBreakGlass({}, evans);
    return declarations[0]?.endedAt;
  });
  assert.deepEqual(ended, declared.expiresAt);
  assert.equal(await kept.store.version('consent/p-1'), 3);
});

test('every step is on the bus with its detail sealed to audit, and on the ledger without any', async (t) => {
  const world = await consentWorld(t);
  const { ada, revoked, inForce, declared } = await history(world);
  await world.outside.readConsent({ id: inForce.consent }, ada);
  const received: Received[] = [];
  const topics = ['healthchain.consent.v1'] as const;
  const subscription = await world.disk.bus.subscribe({
    ...{ group: 'test', topics },
    handle: async (batch) => void received.push(...batch),
  });
  await until(() => (received.length >= 8 ? true : undefined));
  await subscription.stop();
  const events = received.map(({ value }) => fromBinary(PublicEventSchema, value));
  const open = detailOpener(world.disk.audit.privateKey);
  const details = events.map(({ id, detail }) => fromBinary(AuditDetailSchema, open(id, detail!)));
  const { CONSENT_GRANTED, CONSENT_REVOKED, BREAK_GLASS_STARTED, BREAK_GLASS_STOPPED } = EventType;
  const { NOTIFICATION_SENT: SENT, ACCESS_RECORDED } = EventType;
  assert.deepEqual(
    events.map(({ type }) => type),
    [
      ...[CONSENT_GRANTED, CONSENT_REVOKED, CONSENT_GRANTED],
      ...[BREAK_GLASS_STARTED, SENT, SENT, BREAK_GLASS_STOPPED, ACCESS_RECORDED],
    ],
  );
  assert.ok(details.every(({ patients }) => patients.length === 1 && patients[0] === 'p-1'));
  assert.deepEqual(
    details[1]!.entities.map(({ id, version }) => [id, version]),
    [[revoked.consent, 2]],
  );
  assert.deepEqual([details[3]!.custodian, details[3]!.decision!.breakGlass], ['harbour', declared.id]);
  assert.equal(events[0]!.id, revoked.event);

  const { ledger } = world.disk;
  await until(async () =>
    (await ledger.height()) >= 0 && (await ledgerEvents(world)).length === 5 ? true : undefined,
  );
  const recorded = await ledgerEvents(world);
  assert.deepEqual(recorded.map(({ state, version }) => `${state} ${version}`).sort(), [
    'break-glass-started 1',
    'break-glass-stopped 2',
    'granted 1',
    'granted 1',
    'revoked 2',
  ]);
  assert.equal(new Set(recorded.map(({ policy }) => policy)).size, 3);
  assert.doesNotMatch(JSON.stringify(recorded), /p-1|evans|harbour|lindenhof/);
});

/** What the consent contract recorded so far. */
async function ledgerEvents({
  disk: { ledger },
}: World): Promise<{ state: string; version: number; policy: string }[]> {
  const found: { state: string; version: number; policy: string }[] = [];
  const done = new AbortController();
  const height = await ledger.height();
  if (height < 0) return found;
  for await (const { block, payload } of ledger.events(0, done.signal)) {
    found.push(JSON.parse(payload));
    if (block === height) break;
  }
  done.abort();
  return found;
}
