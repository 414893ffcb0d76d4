import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { consentWorld, question, start } from './testing/world.ts';

async function scene(t: TestContext, env: Record<string, string> = {}) {
  const world = await consentWorld(t, { env });
  const { rest, logIn, consent } = world;
  const ada = logIn('ada', 'patient', { patient: 'p-1' }).token;
  const call = async (method: 'GET' | 'POST', url: string, payload?: object, token = ada) => {
    const headers = { authorization: `Bearer ${token}` };
    const answer = await rest.inject({ method, url, headers, ...(payload && { payload }) });
    return { status: answer.statusCode, body: answer.json() };
  };
  const facts = { type: 'Observation', id: 'o', authorOrganization: 'elsewhere' };
  const reads = async (actor: object, purposeOfUse = 'TREAT') => {
    const asked = { ...question('p-1', 'x', ''), purposeOfUse, decideEach: true, resources: [facts] };
    const { decisions } = await consent.check({ ...asked, actor: { ...asked.actor, ...actor } });
    return decisions[0]!.permits[0];
  };
  const fill = (name: string, fields: object = {}) => call('POST', `/consent/templates/${name}`, fields);
  return { ...world, ada, call, reads, fill };
}

test('templates: each opens to those it names, and to nobody else', async (t) => {
  const { call, fill, reads, clock, careTeams } = await scene(t);
  const { body } = await call('GET', '/consent/templates');
  assert.deepEqual(
    body.templates.map(({ name }: { name: string }) => name),
    ['care-team', 'visit', 'emergency', 'study', 'clinic-abroad', 'stop-all'],
  );
  assert.equal((await fill('care-team', { care_team: 'diabetes-team', condition: 'my diabetes' })).status, 201);
  careTeams.set('x', ['diabetes-team']); // joined a moment ago: the token does not say so yet
  assert.deepEqual([await reads({}), await reads({ subject: 'y', careTeams: ['diabetes-team'] })], [true, false]);
  careTeams.delete('x');
  assert.deepEqual([await reads({ careTeams: ['diabetes-team'] }), await reads({})], [false, false]);

  await fill('visit', { organization: 'lindenhof' });
  assert.deepEqual(
    [await reads({ organization: 'lindenhof' }), await reads({ organization: 'harbour' })],
    [true, false],
  );
  clock.time = start + 7 * 24 * 3600_000;
  assert.equal(await reads({ organization: 'lindenhof' }), false);

  await fill('emergency');
  assert.deepEqual(
    [await reads({}, 'ETREAT'), await reads({}), await reads({ role: 'researcher' }, 'ETREAT')],
    [true, false, false],
  );
  await fill('study', { organization: 'northgate', study: 'knees' });
  const researcher = { organization: 'northgate', role: 'researcher' };
  assert.deepEqual([await reads(researcher, 'HRESCH'), await reads(researcher)], [true, false]);
  await fill('clinic-abroad', { organization: 'harbour', until: '2026-02-20' });
  assert.deepEqual(
    [await reads({ organization: 'harbour' }), await reads({ organization: 'harbour' }, 'ETREAT')],
    [true, true],
  );
});

test('to stop all sharing stops it for every purpose, emergencies excepted unless they are closed too', async (t) => {
  const { fill, reads, outside, logIn } = await scene(t, {
    CONSENT_BASE_POLICY: 'all-normal',
    CONSENT_PURPOSES: 'urn:study|42',
  });
  const evans = logIn('evans', 'practitioner', { organization: 'harbour' });
  const coding = { system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'ETREAT' };
  const purposes = ['TREAT', 'ETREAT', 'HPAYMT', 'HOPERAT', 'HMARKT', 'PUBHLTH'];
  const open = async () => (await Promise.all(purposes.map((purpose) => reads({}, purpose)))).filter(Boolean).length;
  assert.equal(await open(), purposes.length);
  await fill('study', { organization: 'harbour', study: 'urn:study|42' });
  const researcher = { organization: 'harbour', role: 'researcher' };
  assert.equal(await reads(researcher, 'urn:study|42'), true);

  await fill('stop-all');
  assert.deepEqual([await open(), await reads(researcher, 'urn:study|42')], [0, false]);
  await outside.declareBreakGlass({ patient: 'p-1', reason: coding, reasonText: 'unconscious' }, evans);
  assert.equal(await reads({ subject: 'evans', organization: 'harbour' }), true);
  await fill('stop-all', { emergencies: 'closed' });
  assert.equal(await reads({ subject: 'evans', organization: 'harbour' }), false);
});

interface Line {
  who: { organization?: string; name?: string; role?: string };
  purpose_of_use: string;
  sees: Record<string, string>;
}
const line = ({ who, purpose_of_use }: Pick<Line, 'who' | 'purpose_of_use'>) =>
  `${who.organization ?? who.name} ${who.role} ${purpose_of_use}`;

test('the preview says who would see what, what it replaces, and changes nothing', async (t) => {
  const { call, fill, consent } = await scene(t);
  const first = await fill('visit', { organization: 'lindenhof', until: '2026-02-01' });
  const { versions } = await consent.head({ patients: ['p-1'] });
  const grant = { grantee: { organization: 'lindenhof' }, labels: ['PSY'] };
  const { status, body } = await call('POST', '/consent/preview', { grant });
  assert.equal(status, 200);
  assert.match(body.words, /I allow the organisation lindenhof/);
  assert.equal(body.consent.resourceType, 'Consent');
  assert.deepEqual(body.changes.map(line), ['lindenhof practitioner TREAT']);
  const [{ before, after }] = body.changes;
  assert.deepEqual([before, after], [{ normal: 'all' }, { normal: 'all', PSY: 'all' }]);
  assert.deepEqual(
    [body.replaces[0].consent, body.replaces.map(line)],
    [first.body.consent, ['lindenhof practitioner TREAT']],
  );
  assert.deepEqual(body.before.permitted.map(line), ['lindenhof practitioner TREAT']);
  assert.deepEqual([body.before.in_emergency.normal, body.before.in_emergency.V], ['all', undefined]);

  const stop = await call('POST', '/consent/preview', { template: { name: 'stop-all', emergencies: 'closed' } });
  assert.deepEqual([stop.body.after.permitted, stop.body.after.in_emergency], [[], {}]);
  const revoke = await call('POST', '/consent/preview', { revoke: first.body.consent });
  assert.deepEqual(revoke.body.replaces, []);
  assert.deepEqual(
    [revoke.body.after.permitted, revoke.body.changes.map(line)],
    [[], ['lindenhof practitioner TREAT']],
  );
  assert.deepEqual((await call('POST', '/consent/preview', { revoke_all: true })).body.after.permitted, []);
  assert.deepEqual((await consent.head({ patients: ['p-1'] })).versions, versions);
});

test('whatever is granted, what is permitted then is what the preview said', async (t) => {
  const { call } = await scene(t);
  const wish = fc.record({
    grantee: fc.constantFrom(
      { organization: 'lindenhof' },
      { organization: 'harbour', role: 'researcher' },
      { practitioner: 'wolf' },
      { care_team: 'team' },
      { role: 'practitioner' },
    ),
    purposes: fc.subarray(['TREAT', 'ETREAT', 'HRESCH', 'HPAYMT']),
    labels: fc.subarray(['R', 'PSY', 'HIV']),
    resource_types: fc.subarray(['Condition']),
    deny: fc.boolean(),
  });
  const told = (lines: (Line & { basis: unknown })[]) => lines.map(({ basis: _, ...line }) => line);
  await fc.assert(
    fc.asyncProperty(wish, async (grant) => {
      const { body } = await call('POST', '/consent/preview', { grant });
      assert.equal((await call('POST', '/consent/grants', grant)).status, 201);
      const now = (await call('GET', '/consent/permitted')).body;
      assert.deepEqual(told(now.permitted), told(body.after.permitted));
      assert.deepEqual(now.in_emergency, body.after.in_emergency);
    }),
    { numRuns: 40 },
  );
});

const system = 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType';
const recipient = (reference: string) => ({ role: { coding: [{ system, code: 'IRCP' }] }, reference: { reference } });
const resource = (provision: object, patient = 'p-1') => ({
  ...{ resourceType: 'Consent', status: 'active', patient: { reference: `Patient/${patient}` } },
  scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }] },
  category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }],
  policy: [{ uri: 'https://profiles.ihe.net/ITI/PCF/Policy-basic-normal' }],
  provision,
});

test('a Consent that gainsays itself is explained in the preview, and accepted', async (t) => {
  const { call, outside, ada } = await scene(t);
  const actor = [recipient('Organization/lindenhof')];
  const gainsaying = resource({
    type: 'deny',
    provision: [
      { type: 'permit', actor },
      { type: 'deny', actor },
    ],
  });
  const { body } = await call('POST', '/consent/preview', { resource: gainsaying });
  assert.match(body.contradictions[0], /where both match, it is denied/);
  assert.deepEqual(body.problems, []);
  assert.ok(body.after.permitted.every(({ who }: Line) => who.organization !== 'lindenhof'));
  await outside.createConsent({ resource: Buffer.from(JSON.stringify(gainsaying)) }, { token: ada });

  const strange = resource({ type: 'permit', actor, purpose: [{ system: 'urn:elsewhere', code: 'fun' }] });
  assert.match((await call('POST', '/consent/preview', { resource: strange })).body.problems[0], /not understood/);
  const named = resource({
    type: 'permit',
    actor: [recipient('Organization/nowhere'), recipient('Practitioner/wolf'), recipient('CareTeam/t')],
  });
  const { after } = (await call('POST', '/consent/preview', { resource: named })).body;
  assert.equal(
    after.permitted.filter(
      ({ who }: { who: Record<string, string> }) =>
        who.organization === 'nowhere' || who.practitioner === 'wolf' || who.care_team === 'CareTeam/t',
    ).length > 3,
    true,
  );
});

test('everything now permitted is listed; one action ends all of it, a dissent stays', async (t) => {
  const { call, fill, reads, outside, ada, logIn } = await scene(t, { CONSENT_BASE_POLICY: 'normal' });
  await outside.grant({ grantee: { organization: 'harbour' }, deny: true }, { token: ada });
  await fill('study', { organization: 'northgate', study: 'knees' });
  await fill('visit', { organization: 'lindenhof', labels: ['R'] });
  const listed = await call('GET', '/consent/permitted');
  const lindenhof = listed.body.permitted.find(
    ({ who, purpose_of_use }: Line) => who.organization === 'lindenhof' && purpose_of_use === 'TREAT',
  );
  assert.deepEqual([lindenhof.sees, lindenhof.until], [{ normal: 'all', R: 'all' }, '2026-01-22T12:00:00.000Z']);
  const lines = listed.body.permitted.map(line);
  assert.ok(lines.includes('northgate researcher HRESCH'));
  assert.ok(!lines.includes('harbour practitioner TREAT'));

  const { status, body } = await call('POST', '/consent/revoke-all', { reason: 'enough' });
  assert.deepEqual([status, body.revoked.length], [200, 2]);
  assert.ok(!body.still.permitted.map(line).includes('northgate researcher HRESCH'));
  assert.ok(body.still.permitted.map(line).includes('lindenhof practitioner TREAT')); // the base policy says so
  assert.equal(await reads({ organization: 'harbour' }), false);
  assert.equal((await call('POST', '/consent/revoke-all', {})).body.revoked.length, 0);
  const chen = logIn('chen', 'practitioner', { organization: 'lindenhof' }).token;
  for (const [method, url] of [
    ['GET', 'permitted?patient=p-1'],
    ['POST', 'revoke-all'],
  ] as const)
    assert.equal(
      (await call(method, `/consent/${url}`, method === 'POST' ? { patient: 'p-1' } : undefined, chen)).status,
      403,
    );
});

test('to revoke all ends the sharing that rests on it; an emergency that is declared is told beside', async (t) => {
  const { call, outside, logIn } = await scene(t);
  const chen = logIn('chen', 'practitioner', { organization: 'lindenhof' }).token;
  const asked = { patient: 'p-1', custodian: 'northgate', data_classes: ['Condition'], until: '2026-06-01' };
  const { body: proposed } = await call('POST', '/consent/agreements', asked, chen);
  const url = `/consent/agreements/${proposed.id}`;
  assert.equal((await call('POST', `${url}/accept`)).body.status, 'accepted');
  const coding = { system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'ETREAT' };
  const evans = logIn('evans', 'practitioner', { organization: 'harbour' });
  await outside.declareBreakGlass({ patient: 'p-1', reason: coding, reasonText: 'unconscious' }, evans);

  const { body } = await call('POST', '/consent/revoke-all', {});
  assert.equal(body.revoked.length, 1);
  assert.equal(body.still.declared_emergencies[0].name, 'Dr. Evans');
  const ended = await call('GET', url);
  assert.deepEqual([ended.body.status, ended.body.end_reason], ['ended', 'revoked']);
});

test('bad input: each a clear answer, nothing half-done', async (t) => {
  const { call, fill, consent } = await scene(t);
  const grant = (grantee: object, more: object = {}) => call('POST', '/consent/grants', { grantee, ...more });
  const refused = async (
    answer: Promise<{ status: number; body: { detail: string } }>,
    status: number,
    detail: RegExp,
  ) => {
    const { status: got, body } = await answer;
    assert.equal(got, status, body.detail);
    assert.match(body.detail, detail);
  };
  await refused(grant({ organization: 'lindenhoff' }), 400, /did you mean lindenhof\?/);
  await refused(grant({ organization: 'zurich' }), 400, /nothing here is like it/);
  await refused(grant({ practitioner: 'dr.wolf' }), 400, /did you mean wolf \(Dr. Wolf\)\?/);
  await refused(grant({ practitioner: 'dr. wulf' }), 400, /did you mean wolf \(Dr. Wolf\)\?/);
  await refused(fill('visit', { organization: 'the Lindenhof' }), 400, /Nobody here knows the organisation/);
  await refused(grant({ role: 'practicioner' }), 400, /did you mean practitioner\?/);
  await refused(
    grant({ organization: 'lindenhof' }, { from: '2026-03-01', until: '2026-02-01' }),
    400,
    /must end after it begins/,
  );
  await refused(grant({ organization: 'lindenhof' }, { patient: 'p-2' }), 403, /Only the patient/);
  await refused(fill('visit'), 400, /needs organization/);
  await refused(fill('visit', { organization: 'lindenhof', study: 'x' }), 400, /has no study/);
  await refused(fill('visit', { organization: 'lindenhof', until: 'soon' }), 400, /until is a date/);
  await refused(fill('care-team', { care_team: 'x' }), 400, /needs condition/);
  assert.equal((await fill('everything')).status, 400);
  await refused(call('POST', '/consent/preview', {}), 400, /Propose one thing/);
  await refused(call('POST', '/consent/preview', { grant: {}, revoke_all: true }), 400, /Propose one thing/);
  await refused(call('POST', '/consent/preview', { revoke: 'nothing' }), 404, /no such consent/);
  await refused(
    call('POST', '/consent/preview', { resource: resource({ type: 'deny' }, 'p-2') }),
    404,
    /no such consent/,
  );
  const backwards = resource({
    type: 'permit',
    provision: [{ type: 'deny', period: { start: '2026-02-01', end: '2026-01-01' } }],
  });
  await refused(call('POST', '/consent/preview', { resource: backwards }), 400, /must not end before it begins/);
  assert.deepEqual((await consent.head({ patients: ['p-1', 'p-2'] })).versions, [0, 0]);
});
