import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Consent } from '@medplum/fhirtypes';
import { Failure } from '../../../kernel/errors.ts';
import { patientOf, requireConsent, requireSigned } from './resource.ts';

const base = 'http://localhost/fhir';
const valid = {
  resourceType: 'Consent',
  status: 'active',
  scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }] },
  category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }],
  patient: { reference: 'Patient/p-1' },
  policy: [{ uri: 'urn:example' }],
  provision: { type: 'deny', provision: [{ type: 'permit' }] },
};

/** Where a consent with this change is wrong. */
function wrongIn(change: object): string[] {
  try {
    requireConsent({ ...valid, ...change });
    return [];
  } catch (error) {
    assert.ok(error instanceof Failure);
    return error.issues.flatMap(({ expression = [] }) => expression);
  }
}

test('a consent in shape passes; what is wrong is told with its element', () => {
  assert.deepEqual(wrongIn({}), []);
  assert.deepEqual(wrongIn({ resourceType: 'Patient' }), ['Consent']);
  assert.deepEqual(wrongIn({ status: undefined }), ['Consent.status']);
  assert.deepEqual(wrongIn({ status: 'paused' }), ['Consent.status']);
  assert.deepEqual(wrongIn({ scope: { coding: [{ code: 'research' }] } }), ['Consent.scope']);
  assert.deepEqual(wrongIn({ category: [], policy: undefined }), ['Consent.category', 'Consent.policy']);
  assert.deepEqual(wrongIn({ provision: undefined }), ['Consent.provision']);
  assert.deepEqual(wrongIn({ provision: {} }), ['Consent.provision.type']);
  assert.deepEqual(wrongIn({ provision: { type: 'permit', provision: [{ type: 'x' }, 1] } }), [
    'Consent.provision.provision[0].type',
    'Consent.provision.provision[1]',
  ]);
  assert.deepEqual(wrongIn({ meta: { tag: 'x' }, performer: {} }), ['Consent.performer', 'Consent.meta.tag']);
  assert.deepEqual(wrongIn({ sourceAttachment: { data: 1 } }), ['Consent.source']);
  for (const data of ['', '!', 'aW5', 'aW5r=', '=aW5'])
    assert.deepEqual(wrongIn({ sourceAttachment: { data } }), ['Consent.source']);
  assert.deepEqual(wrongIn({ sourceAttachment: { data: 'aW\n5r' } }), []);
});

test('provisions nested without end, or without number, are refused', () => {
  let deep: object = { type: 'permit' };
  for (let depth = 0; depth < 50; depth++) deep = { type: 'permit', provision: [deep] };
  assert.equal(wrongIn({ provision: deep }).length, 1);
  const wide = Array.from({ length: 501 }, () => ({ type: 'permit' }));
  assert.deepEqual(wrongIn({ provision: { type: 'permit', provision: wide } }), ['Consent.provision']);
});

test('the patient is one of this server', () => {
  const of = (reference?: string) => () => patientOf({ ...valid, patient: { reference } } as Consent, base);
  assert.equal(of('Patient/p-1')(), 'p-1');
  assert.equal(of(`${base}/Patient/p-1`)(), 'p-1');
  for (const wrong of ['Group/g', 'Patient/a/b', 'https://elsewhere.example/Patient/p-1', '']) assert.throws(of(wrong));
});

test('on behalf of a patient there is a document and somebody who signed', () => {
  const performer = [{ reference: 'Patient/p-1' }];
  const sourceReference = { reference: 'DocumentReference/d' };
  const check = (change: Partial<Consent>) => () => requireSigned({ ...(valid as Consent), ...change });
  check({ performer, sourceReference })();
  check({ performer, sourceAttachment: { data: 'aW5r' } })();
  check({ performer, sourceAttachment: { url: 'Binary/b', hash: 'aaaa' } })();
  assert.throws(check({ performer }));
  assert.throws(check({ performer, sourceAttachment: { url: 'Binary/b' } }));
  assert.throws(check({ sourceReference }));
});
