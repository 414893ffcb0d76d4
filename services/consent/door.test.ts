import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import type { Bundle, Consent } from '@medplum/fhirtypes';
import { Failure } from '../../kernel/errors.ts';
import type { CallOptions } from '../../kernel/rpc/port.ts';
import { type ConsentWorld, consentWorld, question } from './testing/world.ts';

const refused = (code: string) => (error: unknown) => error instanceof Failure && error.code === code;
const signed = {
  resourceType: 'Consent',
  status: 'active',
  scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }] },
  category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }],
  patient: { reference: 'Patient/p-1' },
  performer: [{ reference: 'Patient/p-1' }],
  policy: [{ uri: 'https://profiles.ihe.net/ITI/PCF/Policy-basic-normal' }],
  sourceAttachment: { contentType: 'image/png', data: 'aW5r' },
  provision: {
    type: 'permit',
    actor: [
      {
        role: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType', code: 'IRCP' }] },
        reference: { reference: 'Organization/lindenhof' },
      },
    ],
  },
} satisfies Consent;

const encode = (resource: object) => Buffer.from(JSON.stringify(resource));
const decode = (bytes: Uint8Array) => JSON.parse(Buffer.from(bytes).toString());

/** The FHIR door in resources instead of bytes. */
function doorOf({ outside }: ConsentWorld) {
  const stored = ({ resource, receipt }: { resource: Uint8Array; receipt?: { version: number } }) => ({
    resource: decode(resource) as Consent,
    version: receipt!.version,
  });
  return {
    create: async (resource: object, by: CallOptions, idempotencyKey = '') =>
      stored(await outside.createConsent({ resource: encode(resource), idempotencyKey }, by)),
    read: async (id: string, by: CallOptions, version = 0): Promise<Consent> =>
      decode((await outside.readConsent({ id, version }, by)).resource),
    update: async (resource: Consent, by: CallOptions, ifMatch = 0) =>
      stored(await outside.updateConsent({ id: resource.id!, resource: encode(resource), ifMatch }, by)),
    search: async (query: string, by: CallOptions): Promise<Bundle<Consent>> =>
      decode((await outside.searchConsents({ query }, by)).bundle),
  };
}

async function scene(t: TestContext) {
  const world = await consentWorld(t);
  const { logIn } = world;
  return {
    ...world,
    ...doorOf(world),
    ada: logIn('ada', 'patient', { patient: 'p-1' }),
    bob: logIn('bob', 'patient', { patient: 'p-2' }),
    adler: logIn('adler', 'practitioner', { organization: 'northgate' }),
    chen: logIn('chen', 'practitioner', { organization: 'lindenhof' }),
    evans: logIn('evans', 'practitioner', { organization: 'harbour' }),
  };
}

test('a hospital posts what a patient signed; from then on it decides', async (t) => {
  const { create, read, consent, adler, ada, chen, evans, bob } = await scene(t);
  const { resource, version } = await create(signed, adler);
  assert.deepEqual([version, resource.meta!.versionId], [1, '1']);
  const check = await consent.check(question('p-1', 'chen', 'lindenhof'));
  assert.deepEqual(check.decisions[0]!.basis, [`Consent/${resource.id}/_history/1`, 'rule:2']);
  for (const by of [ada, adler, chen]) assert.deepEqual(await read(resource.id!, by), resource);
  for (const by of [evans, bob]) await assert.rejects(read(resource.id!, by), refused('not-found'));
  await assert.rejects(read('nothing', ada), refused('not-found'));
});

test('who may state a consent: the patient, a person with a mandate, an organisation with what was signed', async (t) => {
  const { create, adler, bob, ada, logIn, mandates } = await scene(t);
  const { sourceAttachment: _, ...unsigned } = signed;
  await create(unsigned, ada);
  await assert.rejects(create(unsigned, adler), refused('required'));
  await assert.rejects(create(signed, bob), refused('forbidden'));
  mandates.push({ subject: 'bob', patient: 'p-1' });
  await create(unsigned, bob);
  await assert.rejects(
    create(signed, logIn('gray', 'privacy-officer', { organization: 'northgate' })),
    refused('forbidden'),
  );
  await assert.rejects(create({ ...signed, status: 'draft' }, ada), refused('business-rule'));
  await assert.rejects(create({ ...signed, provision: {} }, ada), refused('required'));
});

test('an update is a new version; a status that is over revokes, for good', async (t) => {
  const { create, read, update, consent, adler, ada, chen } = await scene(t);
  const { resource } = await create(signed, adler);
  await assert.rejects(update({ ...resource, dateTime: '2026-01-01' }, ada, 7), refused('precondition-failed'));
  await assert.rejects(update({ ...resource, dateTime: '2026-01-01' }, chen), refused('not-found'));
  const amended = await update({ ...resource, dateTime: '2026-01-01' }, ada, 1);
  assert.deepEqual([amended.version, amended.resource.dateTime], [2, '2026-01-01']);
  await assert.rejects(update({ ...amended.resource, dateTime: '2026-02' }, adler), refused('not-found')); // it is the patient's now
  assert.equal((await read(resource.id!, ada, 1)).dateTime, undefined);
  await assert.rejects(update({ ...resource, patient: { reference: 'Patient/p-2' } }, ada), refused('not-found'));

  const ended = await update({ ...amended.resource, status: 'entered-in-error' }, ada);
  assert.equal(ended.version, 3);
  assert.deepEqual((await consent.check(question('p-1', 'chen', 'lindenhof'))).decisions[0]!.basis, [
    'rule:2',
    'rule:6',
  ]);
  await assert.rejects(update({ ...resource, status: 'active' }, ada), refused('business-rule'));
  await assert.rejects(read(resource.id!, chen), refused('not-found')); // named no more
});

test('searching finds what the caller may see, in pages', async (t) => {
  const { create, update, search, adler, ada, bob, chen, evans, clock } = await scene(t);
  const made: Consent[] = [];
  for (let n = 0; n < 5; n++) {
    clock.time += 1000;
    made.push(
      (await create({ ...signed, patient: { reference: n < 4 ? 'Patient/p-1' : 'Patient/p-2' } }, adler)).resource,
    );
  }
  await update({ ...made[0]!, status: 'inactive' }, ada);
  const ids = async (query: string, by: CallOptions) =>
    (await search(query, by)).entry!.map(({ resource }) => made.findIndex(({ id }) => id === resource!.id));
  assert.deepEqual(await ids('', ada), [0, 3, 2, 1]); // the newest statement first: the revocation
  assert.deepEqual(await ids('status=active', ada), [3, 2, 1]);
  assert.deepEqual(await ids('', adler), [4, 3, 2, 1]); // the patient revoked: that statement is not the hospital's
  assert.deepEqual(await ids('patient=p-1', chen), [3, 2, 1]);
  assert.deepEqual(await ids('patient=Patient/p-1', evans), []);
  assert.deepEqual(await ids('patient=p-1', bob), []);
  assert.deepEqual(await ids(`_id=${made[4]!.id},${made[1]!.id}`, bob), [4]);

  const first = await search('_count=3', ada);
  assert.equal(first.total, 4);
  const next = new URL(first.link!.find(({ relation }) => relation === 'next')!.url).search.slice(1);
  assert.deepEqual(await ids(next, ada), [1]);
  await assert.rejects(search('_has:x=y', ada), refused('not-supported'));
  await assert.rejects(search('_count=many', ada), refused('value'));
});

test('what is not understood is kept, denies, and says so', async (t) => {
  const { create, read, update, consent, ada } = await scene(t);
  const purpose = [{ system: 'urn:elsewhere', code: 'fun' }];
  const { resource } = await create({ ...signed, provision: { ...signed.provision, purpose } }, ada);
  assert.match(resource.meta!.tag![0]!.display!, /provision\.purpose\[0\] is not understood/);
  const { decisions } = await consent.check(question('p-1', 'chen', 'lindenhof'));
  assert.deepEqual(decisions[0]!.basis, ['rule:2', `Consent/${resource.id}/_history/1`]);
  const mended = await update({ ...resource, provision: signed.provision }, ada);
  assert.equal(mended.resource.meta!.tag, undefined);
  assert.deepEqual(await read(resource.id!, ada), mended.resource);
});

test('a scope is needed, a body that is JSON, and a key names one request', async (t) => {
  const { create, outside, ada, logIn } = await scene(t);
  const reader = logIn('ada', 'patient', { patient: 'p-1', scopes: ['patient/*.rs'] });
  await assert.rejects(create(signed, reader), refused('forbidden'));
  await assert.rejects(outside.createConsent({ resource: Buffer.from('{') }, ada), refused('structure'));
  await assert.rejects(outside.createConsent({ resource: Buffer.alloc(6 << 20, 32) }, ada), refused('too-long'));
  const [first, again] = [await create(signed, ada, 'k'), await create(signed, ada, 'k')];
  assert.deepEqual(again, first);
  await assert.rejects(create({ ...signed, language: 'en' }, ada, 'k'), refused('business-rule'));
});

const pcf = '../shared/data/pcf/json';

test("IHE's example consents are taken as they are", async (t) => {
  if (!existsSync(pcf)) return t.skip(`NOT RUN: ${pcf} is not there`);
  const { create, adler } = await scene(t);
  const examples = readdirSync(pcf)
    .map((name) => JSON.parse(readFileSync(`${pcf}/${name}`, 'utf8')))
    .filter(({ resourceType }) => resourceType === 'Consent');
  for (const example of examples) assert.equal((await create(example, adler)).version, 1);
  assert.ok(examples.length >= 20);
});
