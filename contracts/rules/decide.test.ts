import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Json } from './criteria.ts';
import { type Decision, decide, decideWithBreakGlass } from './decide.ts';
import type { ResourceFacts } from './facts.ts';
import { permits, permitsEverything } from './residual.ts';
import type { BasePolicy, Deployment, Question } from './state.ts';
import * as a from './testing/given.ts';

const ask = (consents: Json[], change: Partial<Question> = {}, of: Partial<Deployment> = {}): Decision =>
  decide(a.given(consents), a.question(change), { ...a.deployment, ...of });
const inEmergency = (consents: Json[], change: Partial<Question> = {}, of: Partial<Deployment> = {}): Decision =>
  decideWithBreakGlass(a.given(consents, [a.emergency]), a.question(change), { ...a.deployment, ...of });
const reads = ({ residual }: Decision, change: Partial<ResourceFacts> = {}) => permits(residual, a.facts(change));
/** Which of these labels a decision lets pass. */
const labelsRead = (decision: Decision) =>
  [[], ['N'], ['R'], ['V'], ['PSY'], ['R', 'PSY']]
    .filter((codes) => reads(decision, { labels: a.labels(...codes) }))
    .map((codes) => codes.join('+'));
const away = { ...a.clinician, organization: 'north' };

suite('rule 1: the patient and whoever has a mandate', () => {
  const jack = { subject: 'login', role: 'patient', careTeams: [], patient: 'jack' };
  const mandate = { id: 'm', from: a.now - 10, until: a.now + 10 };
  const mother = { subject: 'mother', role: 'patient', careTeams: [], patient: 'jill' };

  test('given a dissent to everybody, when the patient asks, then everything is read, for good', () => {
    const decision = ask([a.consent(a.deny())], { actor: jack, purpose: 'PATRQT' });
    assert.ok(permitsEverything(decision.residual));
    assert.deepEqual(decision.basis, ['rule:1']);
    assert.equal(decision.validUntil, undefined);
  });

  test('given a mandate, when its holder asks in its period, then everything is read until it ends', () => {
    const decision = ask([a.consent(a.deny())], { actor: mother, mandates: [mandate] });
    assert.ok(permitsEverything(decision.residual));
    assert.equal(decision.validUntil, mandate.until);
    const longer = { ...mandate, until: mandate.until + 5 };
    assert.equal(ask([], { actor: mother, mandates: [mandate, longer] }).validUntil, longer.until);
    const before = ask([], { actor: mother, mandates: [mandate], at: mandate.from - 1 });
    assert.deepEqual([before.permit, before.validUntil], [false, mandate.from]);
    assert.equal(ask([], { actor: mother, mandates: [mandate], at: mandate.until }).permit, false);
  });

  test('given nothing, when another patient asks, then nothing is read, whatever the base policy', () => {
    for (const basePolicy of ['normal', 'all-normal'] as const)
      assert.equal(ask([], { actor: mother, purpose: 'PATRQT' }, { basePolicy }).permit, false);
  });

  test('it is a right to read, and not for research', () => {
    for (const change of [{ action: 'correct' }, { action: 'disclose' }, { purpose: 'HRESCH' }])
      assert.equal(ask([], { actor: jack, ...change }).permit, false, JSON.stringify(change));
  });
});

suite('rule 2: the organisation that wrote a record', () => {
  const own = { authorOrganization: 'west' };
  test('given a dissent, when the organisation asks to treat, then it reads what it wrote, V too, and no more', () => {
    const decision = ask([a.consent(a.deny())]);
    assert.ok(reads(decision, { ...own, labels: a.labels('V') }));
    assert.ok(!reads(decision));
    assert.deepEqual(decision.basis, ['rule:2', 'Consent/c1/_history/1']);
  });

  test('given a consent for a part, then what the organisation wrote is read besides', () => {
    const decision = ask([a.consent(a.permit({ securityLabel: a.labels('N') }))]);
    assert.ok(reads(decision) && reads(decision, { ...own, labels: a.labels('R') }));
    assert.deepEqual(decision.basis, ['Consent/c1/_history/1', 'rule:2']);
  });

  test('not for another purpose, action or role, without an organisation, or where it is switched off', () => {
    const { organization: _, ...alone } = a.clinician;
    assert.equal(ask([], { purpose: 'HPAYMT' }).permit, false);
    assert.equal(ask([], { action: 'disclose' }).permit, false);
    assert.equal(ask([], { actor: { ...a.clinician, role: 'researcher' } }).permit, false);
    assert.equal(ask([], { actor: alone }).permit, false);
    assert.equal(ask([], {}, { authorReads: false }).permit, false);
  });
});

suite('rule 3: the newest consent that speaks decides alone', () => {
  test('a newer one replaces an older one for whom it is about, and for nobody else', () => {
    const consents = [a.consent(a.permit()), a.consent(a.deny({ actor: [a.recipient('Organization/north')] }))];
    assert.deepEqual(reads(ask(consents)), true);
    assert.equal(ask(consents, { actor: away }).residual.any.length, 1, 'rule 2 alone');
    assert.ok(!reads(ask(consents, { actor: away })));
    assert.ok(reads(ask([...consents, a.consent(a.permit())], { actor: away })));
  });

  test('what its filters leave out is denied, though an older one permits it', () => {
    const observations = { class: [{ system: 'http://hl7.org/fhir/resource-types', code: 'Observation' }] };
    const decision = ask([a.consent(a.permit()), a.consent(a.permit(observations))]);
    assert.deepEqual([reads(decision), reads(decision, { type: 'Condition' })], [true, false]);
  });

  test('outside its period it does not speak; the answer says until when it holds', () => {
    const consents = [a.consent(a.permit()), a.consent(a.deny({ period: { start: '2026-03-02', end: '2026-03-03' } }))];
    const at = (text: string) => ask(consents, { at: a.day(text) });
    assert.deepEqual([reads(at('2026-03-01')), at('2026-03-01').validUntil], [true, a.day('2026-03-02')]);
    assert.deepEqual([reads(at('2026-03-02')), at('2026-03-02').validUntil], [false, a.day('2026-03-04')]);
    assert.deepEqual([reads(at('2026-03-04')), at('2026-03-04').validUntil], [true, undefined]);
  });

  test('a date is a day in the zone of the deployment', () => {
    const inZone = { ...a.deployment, zone: 120 };
    const state = a.given([a.consent(a.permit({ period: { end: '2026-02-28' } }))], [], inZone);
    assert.equal(decide(state, a.question(), inZone).basis[0], 'rule:2');
    assert.equal(decide(state, a.question({ at: a.now - 2 * 3600_000 - 1 }), inZone).basis[0], 'Consent/c1/_history/1');
  });

  test('person, organisation, care team, group and role can be named', () => {
    const of = { ...a.deployment, groups: ['Group/night'] };
    const actor = { ...a.clinician, careTeams: ['diabetes', 'Group/night'] };
    const to = (...actors: Json[]) =>
      reads(decide(a.given([a.consent(a.permit({ actor: actors }))], [], of), a.question({ actor }), of));
    for (const named of ['Practitioner/anna', 'Organization/west', 'CareTeam/diabetes', 'Group/night'])
      assert.ok(to(a.recipient(named)), named);
    for (const named of ['Practitioner/ben', 'Organization/north', 'CareTeam/asthma', 'Group/day'])
      assert.ok(!to(a.recipient(named)), named);
    const role = (code: string) => ({ role: a.concept('urn:healthchain:role', code), reference: { display: 'any' } });
    assert.ok(to(role('practitioner')) && !to(role('researcher')));
  });

  test('a care team cannot pass for an organisation', () => {
    const decision = ask([a.consent(a.permit({ actor: [a.recipient('Organization/east')] }))], {
      actor: { ...a.clinician, careTeams: ['Organization/east'] },
    });
    assert.ok(!reads(decision));
  });

  test('a provision inherits what it does not name; the innermost speaks; among siblings, deny', () => {
    const inner = [
      a.deny({ code: [a.concept('http://loinc.org', '1')] }),
      a.permit({ code: [a.concept('http://loinc.org', '1'), a.concept('http://loinc.org', '2')] }),
    ];
    const decision = ask([a.consent(a.deny({ purpose: a.purposes('TREAT'), provision: inner }))]);
    const code = (each: string) => reads(decision, { codes: [{ system: 'http://loinc.org', code: each }] });
    assert.deepEqual(['1', '2', '3'].map(code), [false, true, false]);
    assert.equal(
      ask([a.consent(a.deny({ purpose: a.purposes('TREAT'), provision: inner }))], { purpose: 'HPAYMT' }).permit,
      false,
    );
  });

  test('another action or purpose is not permitted; a permit without purpose is not for research', () => {
    const access = { action: [a.concept('http://terminology.hl7.org/CodeSystem/consentaction', 'access')] };
    assert.equal(ask([a.consent(a.permit(access))], { action: 'disclose' }).permit, false);
    assert.equal(ask([a.consent(a.permit({ purpose: a.purposes('TREAT') }))], { purpose: 'HOPERAT' }).permit, false);
    for (const purpose of ['HRESCH', 'CLINTRCH']) {
      assert.equal(ask([a.consent(a.permit())], { purpose }).permit, false);
      assert.ok(reads(ask([a.consent(a.permit({ purpose: a.purposes(purpose) }))], { purpose })));
    }
  });
});

suite('rule 4: a permit covers normal data', () => {
  test('R, V and sensitivities are read only where the provision names them', () => {
    const permitting = (...codes: string[]) => ask([a.consent(a.permit({ securityLabel: a.labels(...codes) }))]);
    assert.deepEqual(labelsRead(ask([a.consent(a.permit())])), ['', 'N']);
    assert.deepEqual(labelsRead(permitting('N', 'R')), ['', 'N', 'R']);
    assert.deepEqual(labelsRead(permitting('N', 'PSY')), ['', 'N', 'PSY']);
    assert.deepEqual(labelsRead(permitting('R', 'PSY')), ['R', 'PSY', 'R+PSY']);
  });

  test('switched off, a permit without labels covers all', () => {
    const decision = ask([a.consent(a.permit())], {}, { labelCeiling: false, authorReads: false });
    assert.ok(permitsEverything(decision.residual));
  });
});

suite('rule 5: a revoked consent is not there', () => {
  test('given a permit revoked, then what was before it decides', () => {
    const consents = [a.consent(a.deny()), a.consent(a.permit())];
    assert.ok(reads(ask(consents)));
    assert.ok(!reads(ask(consents.slice(0, 1))));
  });
});

suite('rule 6: no consent speaks', () => {
  const read = (basePolicy: BasePolicy, change: Partial<Question> = {}, consents: Json[] = []) =>
    reads(ask(consents, change, { basePolicy, authorReads: false }));
  const uri = (name: string) => `https://profiles.ihe.net/ITI/PCF/Policy-${name}`;
  const elsewhere = a.deny({ actor: [a.recipient('Organization/nowhere')] });

  test('the base policy of the deployment decides', () => {
    const policies = ['deny', 'break-glass-only', 'normal', 'all-normal'] as const;
    const who = (change: Partial<Question>) => policies.filter((policy) => read(policy, change));
    assert.deepEqual(who({}), ['normal', 'all-normal']);
    assert.deepEqual(who({ purpose: 'HPAYMT' }), ['all-normal']);
    assert.deepEqual(who({ actor: { ...a.clinician, role: 'administrator' } }), ['all-normal']);
    assert.deepEqual(who({ action: 'disclose' }), []);
    assert.deepEqual(who({ purpose: 'HRESCH' }), []);
    assert.deepEqual(labelsRead(ask([], {}, { basePolicy: 'normal' })), ['', 'N']);
  });

  test('the newest consent in its period that names a policy the deployment knows comes before it', () => {
    const normal = a.consent(elsewhere, uri('basic-normal'));
    assert.ok(read('deny', {}, [normal]));
    assert.ok(!read('normal', {}, [normal, a.consent(elsewhere, uri('deny'))]));
    assert.ok(read('deny', {}, [normal, a.consent(elsewhere, 'http://elsewhere.example/policy')]));
    assert.ok(!read('deny', {}, [a.consent({ ...elsewhere, period: { end: '2026-02-01' } }, uri('basic-normal'))]));
    assert.ok(!read('deny', {}, [a.consent(elsewhere, uri('basic-normal'), uri('deny'))]), 'the strictest');
    assert.ok(!read('deny', {}, [a.consent(elsewhere, 'constructor')]));
  });

  test('the answer says what it rests on, and until when the policy holds', () => {
    const ending = a.consent({ ...elsewhere, period: { end: '2026-03-01' } }, uri('basic-normal'));
    const { basis, validUntil } = ask([ending], {}, { authorReads: false });
    assert.deepEqual([basis, validUntil], [['rule:6', 'Consent/c1/_history/1'], a.day('2026-03-02')]);
  });
});

suite('rule 7: break-glass', () => {
  test('given no declaration in force, when BTG is asked, then nothing is read until one begins', () => {
    const declarations = [{ ...a.emergency, from: a.now + 5, until: a.now + 9 }];
    const ofAnother = [{ ...a.emergency, clinician: 'ben' }];
    const state = a.given([a.consent(a.permit())], declarations);
    const { permit, basis, validUntil } = decide(state, a.question({ purpose: 'BTG' }), a.deployment);
    assert.deepEqual([permit, basis, validUntil], [false, ['rule:7'], a.now + 5]);
    assert.equal(decide(a.given([], ofAnother), a.question({ purpose: 'BTG' }), a.deployment).permit, false);
    assert.equal(decideWithBreakGlass(state, a.question(), a.deployment).validUntil, a.now + 5);
    assert.equal(decide(state, a.question({ purpose: 'BTG', at: a.now + 9 }), a.deployment).validUntil, undefined);
  });

  test('given a declaration and no consent, then all but V is read under its id until it ends', () => {
    const decision = inEmergency([]);
    assert.deepEqual(labelsRead(decision), ['', 'N', 'R', 'PSY', 'R+PSY']);
    const { purpose, breakGlass, validUntil, basis } = decision;
    assert.deepEqual([purpose, breakGlass, validUntil], ['BTG', 'glass', a.emergency.until]);
    assert.deepEqual(basis, ['rule:7', 'rule:2', 'rule:6']);
  });

  test('the base policy deny opens nothing; every other does', () => {
    const read = (basePolicy: BasePolicy) => reads(inEmergency([], {}, { basePolicy }), { labels: a.labels('R') });
    assert.deepEqual((['deny', 'break-glass-only', 'normal', 'all-normal'] as const).filter(read), [
      ...['break-glass-only', 'normal', 'all-normal'],
    ]);
  });

  test('a dissent to all purposes covers it; one to treatment does not, and one may except it', () => {
    const excepting = a.deny({ provision: [a.permit({ purpose: a.purposes('BTG') })] });
    assert.ok(!reads(inEmergency([a.consent(a.deny())])));
    assert.ok(!reads(inEmergency([a.consent(a.deny({ purpose: a.purposes('TREAT', 'BTG') }))])));
    assert.ok(reads(inEmergency([a.consent(a.deny({ purpose: a.purposes('TREAT') }))]), { labels: a.labels('R') }));
    assert.deepEqual(labelsRead(inEmergency([a.consent(excepting)])), ['', 'N']);
    assert.equal(ask([a.consent(excepting)]).basis[0], 'rule:2');
  });

  test('it adds to what is permitted anyway, also when BTG itself is asked', () => {
    const consents = [
      a.consent(
        a.permit({
          securityLabel: a.labels('V'),
          actor: [a.recipient('Practitioner/anna')],
          purpose: a.purposes('TREAT'),
        }),
      ),
    ];
    for (const purpose of ['TREAT', 'BTG'])
      assert.deepEqual(labelsRead(inEmergency(consents, { purpose })), ['', 'N', 'R', 'V', 'PSY', 'R+PSY']);
  });

  test('where it adds nothing, the plain answer is given, with no break-glass in it', () => {
    const everything = inEmergency([a.consent(a.permit())], {}, { labelCeiling: false });
    assert.deepEqual(
      [everything.purpose, everything.breakGlass, everything.validUntil],
      ['TREAT', undefined, undefined],
    );
    const nothing = inEmergency([a.consent(a.deny())]);
    assert.deepEqual(
      [nothing.purpose, nothing.breakGlass, nothing.validUntil],
      ['TREAT', undefined, a.emergency.until],
    );
  });

  test('a declaration opens no other purpose, and nothing for another role', () => {
    for (const purpose of ['HRESCH', 'HPAYMT', 'HOPERAT']) assert.equal(inEmergency([], { purpose }).permit, false);
    assert.equal(inEmergency([], { actor: { ...a.clinician, role: 'researcher' } }).permit, false);
  });
});

test('what cannot be understood denies, and matches everything', () => {
  for (const strange of [
    { purpose: [{ system: 'http://nowhere.example', code: 'X' }] },
    { period: { end: 'next year' } },
    { modifierExtension: [{ url: 'http://nowhere.example' }] },
    { securityLabel: [{ system: 'http://nowhere.example', code: 'X' }] },
    { actor: [a.recipient('PractitionerRole/x')] },
    { type: 'perhaps' },
  ]) {
    const decision = ask([a.consent(a.permit()), a.consent(a.permit(strange))], { purpose: 'HOPERAT' });
    assert.deepEqual([decision.permit, decision.basis], [false, ['Consent/c2/_history/1']], JSON.stringify(strange));
  }
});
