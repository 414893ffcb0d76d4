import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Failure } from '../../kernel/errors.ts';
import { consentWorld } from './testing/world.ts';

async function scene(t: TestContext) {
  const world = await consentWorld(t);
  const { rest, outside, logIn } = world;
  const ada = logIn('ada', 'patient', { patient: 'p-1' });
  const chen = logIn('chen', 'practitioner', { organization: 'lindenhof' }).token;
  const post =
    (token: string) =>
    async (url: string, payload: object, type = 'application/json') => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': type };
      const answer = await rest.inject({ method: 'POST', url, headers, payload: JSON.stringify(payload) });
      return { status: answer.statusCode, type: answer.headers['content-type'], body: answer.json() };
    };
  const grant = (more: object = {}) => outside.grant({ grantee: { organization: 'lindenhof' }, ...more }, ada);
  return { ...world, ada, chen, post, grant };
}

const url = '/cds-services/patient-consent-consult';
const hook = (context: object) => ({ hook: 'patient-consent-consult', hookInstance: 'i-1', context });

test('CDS Hooks: the service is found without a token, and its card says what check says', async (t) => {
  const { rest, post, chen, grant, outside } = await scene(t);
  const { services } = (await rest.inject('/cds-services')).json();
  assert.deepEqual(Object.keys(services[0]), ['hook', 'id', 'title', 'description']);

  const consult = post(chen);
  const { consent: id } = await grant();
  const { status, body } = await consult(url, hook({ patientId: 'p-1', purposeOfUse: 'TREAT' }));
  const [card] = body.cards;
  assert.deepEqual([status, card.summary, card.indicator], [200, 'CONSENT_PERMIT', 'info']);
  assert.deepEqual(card.extension.basis, [`Consent/${id}/_history/1`, 'rule:2']);
  assert.deepEqual(card.extension.obligations[0].id.code, 'urn:healthchain:obligation:residual');
  const asked = { patients: ['p-1'], action: 'access', purposeOfUse: 'TREAT' };
  const [checked] = (await outside.check(asked, { token: chen })).decisions;
  assert.deepEqual(
    card.extension.obligations[0].parameters.residual,
    JSON.parse(Buffer.from(checked!.residual).toString()),
  );

  const summary = async (context: object) => (await consult(url, hook(context))).body.cards[0].summary;
  assert.equal(await summary({ patientId: 'p-2', purposeOfUse: ['HPAYMT'] }), 'NO_CONSENT');
  await grant({ deny: true, purposes: ['HPAYMT'] });
  assert.equal(await summary({ patientId: [{ value: 'Patient/p-1' }], purposeOfUse: 'HPAYMT' }), 'CONSENT_DENY');
});

test('CDS Hooks: a system asks for its own people; what is not understood is refused', async (t) => {
  const { post, chen, logIn, grant } = await scene(t);
  await grant({ grantee: { practitioner: 'wolf' } });
  const own = post(logIn('his', 'system', { organization: 'lindenhof' }).token);
  const { body } = await own(url, hook({ patientId: 'p-1', userId: 'Practitioner/wolf' }));
  assert.match(body.cards[0].extension.basis[0], /^Consent\//);
  const other = post(logIn('his', 'system', { organization: 'harbour' }).token);
  assert.equal((await other(url, hook({ patientId: 'p-1', userId: 'Practitioner/wolf' }))).status, 403);
  assert.equal((await post(chen)(url, hook({ patientId: 'p-1', userId: 'wolf' }))).status, 403);
  const status = async (body: object) => (await post(chen)(url, body)).status;
  assert.equal(await status(hook({})), 400);
  assert.equal(await status({ ...hook({ patientId: 'p-1' }), hook: 'patient-view' }), 400);
  assert.equal(await status(hook({ patientId: { system: 'urn:oid:2.16.756', value: '7560' } })), 400);
  assert.equal(await status(hook({ patientId: 'p-1', purposeOfUse: ['TREAT', 'HRESCH'] })), 400);
});

const attributes = (of: Record<string, unknown>) => ({
  Attribute: Object.entries(of).map(([AttributeId, Value]) => ({ AttributeId, Value })),
});
const about = (
  resource: Record<string, unknown> | Record<string, unknown>[],
  purpose = 'TREAT',
  more: object = {},
) => ({
  Request: {
    AccessSubject: attributes({ 'urn:oasis:names:tc:xspa:1.0:subject:purposeofuse': purpose }),
    Action: attributes({ 'urn:oasis:names:tc:xacml:1.0:action:action-id': 'access' }),
    Resource: [resource].flat().map(attributes),
    ...more,
  },
});

test('XACML: permit with its obligations, deny, not applicable, each for its resource', async (t) => {
  const { post, chen, grant, logIn, outside } = await scene(t);
  const decide = post(chen);
  const { consent: id } = await grant({ resourceTypes: ['Condition'] });
  const ask = about([{ 'patient-id': 'p-1' }, { 'patient-id': 'p-2' }], 'ETREAT', { ReturnPolicyIdList: true });
  const denied = await decide('/xacml', about({ 'patient-id': 'p-1' }, 'HPAYMT'), 'application/xacml+json');
  assert.equal(denied.body.Response[0].Decision, 'NotApplicable');
  assert.match(String(denied.type), /^application\/xacml\+json/);
  const both = (await decide('/xacml', ask)).body.Response;
  assert.deepEqual(
    both.map(({ Decision }: { Decision: string }) => Decision),
    ['Permit', 'Permit'],
  ); // what it wrote itself

  const [permit] = (
    await decide('/xacml', about({ patientId: [{ value: 'p-1' }] }, 'TREAT', { ReturnPolicyIdList: true }))
  ).body.Response;
  assert.equal(permit.Status.StatusCode.Value, 'urn:oasis:names:tc:xacml:1.0:status:ok');
  assert.equal(permit.PolicyIdentifierList.PolicyIdReference[0].Id, `Consent/${id}/_history/1`);
  assert.equal(permit.Obligations[0].Id, 'urn:healthchain:obligation:residual');
  const each = about(['Condition', 'Observation'].map((type) => ({ 'patient-id': 'p-1', 'resource-type': type })));
  const decisions = (await decide('/xacml', each)).body.Response;
  assert.deepEqual(
    decisions.map(({ Decision, Obligations }: Record<string, unknown>) => [Decision, Obligations !== undefined]),
    [
      ['Permit', true],
      ['Deny', false],
    ],
  );
  const labelled = about({ 'patient-id': 'p-1', 'resource-type': 'Condition', 'security-label': 'PSY' });
  assert.equal((await decide('/xacml', labelled)).body.Response[0].Decision, 'Deny');

  const declared = await outside.declareBreakGlass(
    {
      ...{ patient: 'p-2', reasonText: 'unconscious' },
      reason: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'ETREAT' },
    },
    logIn('chen', 'practitioner', { organization: 'lindenhof' }),
  );
  const [emergency] = (await decide('/xacml', about({ 'patient-id': 'p-2' }))).body.Response;
  const ids = emergency.Obligations.map(
    (each: { AttributeAssignment: { Value: string }[] }) => each.AttributeAssignment[0]!.Value,
  );
  assert.ok(ids.includes(declared.id));
});

test('XACML: what cannot be answered is indeterminate, with the reason; what must not be asked is refused', async (t) => {
  const { post, chen, disk } = await scene(t);
  const decide = post(chen);
  const result = async (body: object) => (await decide('/xacml', body)).body.Response[0];
  const status = ({ Decision, Status }: { Decision: string; Status: { StatusCode: { Value: string } } }) => [
    Decision,
    Status.StatusCode.Value.split(':').at(-1),
  ];
  assert.deepEqual(status(await result(about({}))), ['Indeterminate', 'missing-attribute']);
  assert.deepEqual(status(await result(about({ 'patient-id': 'a/b/c' }))), ['Indeterminate', 'syntax-error']);
  assert.deepEqual(status(await result(about({ 'patient-id': 7 }))), ['Indeterminate', 'syntax-error']);
  const included = about({}, 'TREAT', {
    Category: [
      {
        CategoryId: 'urn:oasis:names:tc:xacml:3.0:attribute-category:resource',
        Attribute: [{ AttributeId: 'patient-id', Value: 'p-1', IncludeInResult: true }],
      },
    ],
  });
  const [, second] = (await decide('/xacml', included)).body.Response;
  assert.equal(second.Category[0].Attribute[0].Value, 'p-1');
  assert.equal((await decide('/xacml', { Wish: {} })).status, 400);
  const another = about({ 'patient-id': 'p-1' }, 'TREAT', { AccessSubject: attributes({ 'subject-id': 'evans' }) });
  assert.equal((await decide('/xacml', another)).status, 403);
  disk.store.version = () => Promise.reject(new Failure('unavailable', 'the store is down'));
  assert.deepEqual(status(await result(about({ 'patient-id': 'p-1' }))), ['Indeterminate', 'processing-error']);
});
