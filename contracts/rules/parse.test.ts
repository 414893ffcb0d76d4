import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json } from './criteria.ts';
import { parseStatement, problemsOf } from './parse.ts';
import * as a from './testing/given.ts';

const parsed = (provision: Json, more: Json = {}, of = a.deployment) => parseStatement({ ...more, provision }, of);

test('a provision inherits every criterion that it does not name', () => {
  const { root } = parsed(
    a.permit({
      purpose: a.purposes('TREAT'),
      period: { end: '2026' },
      provision: [a.permit({ purpose: a.purposes('BTG') })],
    }),
  );
  const [inner] = root.provisions;
  assert.deepEqual([inner?.purposes, inner?.period, inner?.path], [['BTG'], root.period, 'provision.provision[0]']);
});

test('a dissent covers the narrower codes too, but break-glass only where it names it', () => {
  const { root } = parsed(a.deny({ purpose: a.purposes('TREAT'), securityLabel: a.labels('MH', 'ETH') }));
  assert.ok(root.purposes?.includes('ETREAT') && !root.purposes.includes('BTG'));
  assert.ok(root.filter.labels?.some(({ code }) => code === 'OPIOIDUD'));
  const inherited = parsed(a.permit({ purpose: a.purposes('TREAT'), provision: [a.deny()] })).root.provisions[0];
  assert.deepEqual(inherited?.purposes, ['TREAT']);
  assert.deepEqual(parsed(a.deny({ purpose: a.purposes('BTG') })).root.purposes, ['BTG']);
  assert.deepEqual(parsed(a.permit({ purpose: a.purposes('TREAT') })).root.purposes, ['TREAT']);
});

test('boundaries are where any period of it begins or ends', () => {
  const inner = a.deny({ period: { start: '2026-03-01', end: '2026-03-01' } });
  const { boundaries } = parsed(a.permit({ period: { end: '2026-03-31' }, provision: [inner] }));
  assert.deepEqual(boundaries, ['2026-03-01', '2026-03-02', '2026-04-01'].map(a.day));
});

test('what is not understood forbids, matches everything in that criterion, and is said with its place', () => {
  const cases: [Json, string][] = [
    [{ purpose: [] }, 'provision.purpose is not a list'],
    [{ purpose: a.purposes('TREAT', 'NONSENSE') }, 'provision.purpose[1] is not understood'],
    [{ purpose: [{ system: 'urn:own', code: 'X' }] }, 'provision.purpose[0] is not understood'],
    [
      { action: [a.concept('http://terminology.hl7.org/CodeSystem/consentaction', 'read')] },
      'provision.action[0] is not understood',
    ],
    [
      { class: [{ system: 'http://hl7.org/fhir/resource-types', code: 'Observations' }] },
      'provision.class[0] is not understood',
    ],
    [{ code: [{ text: 'diabetes' }] }, 'provision.code[0] is not understood'],
    [{ securityLabel: a.labels('X') }, 'provision.securityLabel[0] is not understood'],
    [{ period: { start: 'now' } }, 'provision.period is no period'],
    [{ dataPeriod: [] }, 'provision.dataPeriod is no period'],
    [
      { data: [{ meaning: 'instance', reference: { reference: 'http://elsewhere.example/fhir/Observation/o' } }] },
      'provision.data[0] is not understood',
    ],
    [{ actor: [a.recipient('Group/unknown')] }, 'provision.actor[0] is not understood'],
    [
      { actor: [{ ...a.recipient('Organization/west'), role: a.concept('urn:other', 'IRCP') }] },
      'provision.actor[0] is not understood',
    ],
    [
      { actor: [{ ...a.recipient('Organization/west'), modifierExtension: [] }] },
      'provision.actor[0] has a modifier that is not supported',
    ],
    [{ provision: {} }, 'provision.provision is not a list'],
  ];
  for (const [criterion, problem] of cases) {
    const statement = parsed(a.permit(criterion));
    const [name] = Object.keys(criterion);
    assert.deepEqual([statement.root.type, problemsOf(statement)], ['forbid', [problem]], name);
    const { actors, purposes, actions, period, filter } = statement.root;
    assert.deepEqual(
      [actors, purposes, actions, period, filter],
      [undefined, undefined, undefined, undefined, {}],
      name,
    );
  }
});

test('an inner provision that names a criterion itself is not bound by what the outer one says of it', () => {
  const { root } = parsed(
    a.deny({ period: { end: 'soon' }, provision: [a.permit({ period: { end: '2026' } }), a.permit()] }),
  );
  assert.deepEqual(
    root.provisions.map(({ type }) => type),
    ['permit', 'forbid'],
  );
});

test('what changes the meaning of the whole consent forbids all of it', () => {
  for (const [more, problem] of [
    [{ modifierExtension: [{}] }, 'modifierExtension is not supported'],
    [{ implicitRules: 'http://elsewhere.example' }, 'implicitRules is not supported'],
    [{ policyRule: { text: 'as usual' } }, 'policyRule is not understood'],
  ] as const) {
    const { root } = parsed(a.permit({ provision: [a.permit()] }), more);
    assert.deepEqual([root.type, root.provisions[0]?.type, root.problems], ['forbid', 'forbid', [problem]]);
  }
  const optIn = { policyRule: a.concept('http://terminology.hl7.org/CodeSystem/v3-ActCode', 'OPTIN') };
  assert.equal(parsed(a.permit(), optIn).root.type, 'permit');
  assert.equal(parseStatement({}, a.deployment).root.type, 'forbid');
});

test('what the deployment knows besides is understood: purposes, groups, references below its base', () => {
  const of = { ...a.deployment, purposes: ['urn:own|X'], groups: ['Group/g'], fhirBase: 'https://our.example/fhir' };
  const provision = a.permit({
    purpose: [{ system: 'urn:own', code: 'X' }],
    actor: [a.recipient('Group/g'), a.recipient('https://our.example/fhir/Practitioner/anna/_history/3')],
  });
  const { root } = parsed(provision, {}, of);
  assert.deepEqual([root.type, root.purposes], ['permit', ['urn:own|X']]);
  assert.deepEqual(root.actors, [{ reference: 'Group/g' }, { reference: 'Practitioner/anna' }]);
});
