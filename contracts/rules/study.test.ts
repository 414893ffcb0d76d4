import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decide } from './decide.ts';
import * as a from './testing/given.ts';

const id = '0b0c4a6e-5f55-4c43-9d51-3a6f6f6a2b11';
const named = [{ system: 'urn:healthchain:study', code: id }];
const permits = (provisions: object[], change: object = {}) => {
  const consents = provisions.map((provision) => a.consent(provision as never));
  return decide(a.given(consents), a.question({ purpose: 'HRESCH', study: id, ...change }), a.deployment).permit;
};

test('a permit that names a study is for research of that study, and for nothing else', () => {
  const ofStudy = a.permit({ purpose: named });
  assert.equal(permits([ofStudy]), true);
  assert.equal(permits([ofStudy], { study: '1b0c4a6e-5f55-4c43-9d51-3a6f6f6a2b11' }), false);
  assert.equal(permits([ofStudy], { study: undefined }), false);
  assert.equal(permits([ofStudy], { purpose: 'HPAYMT' }), false);
});

test('the class covers the study; of the two, the newest statement decides', () => {
  const [ofClass, refused] = [{ purpose: a.purposes('HRESCH') }, a.deny({ purpose: named })];
  assert.equal(permits([a.permit(ofClass)]), true);
  assert.equal(permits([a.permit(ofClass), refused]), false);
  assert.equal(permits([a.permit(ofClass), refused], { study: undefined }), true);
  assert.equal(permits([refused, a.permit(ofClass)]), true);
  assert.equal(permits([a.permit({ purpose: named }), a.deny(ofClass)], { purpose: 'CLINTRCH' }), false);
});

test('a study that is named by no id is not understood, and denies', () => {
  assert.equal(permits([a.permit({ purpose: [{ system: 'urn:healthchain:study', code: 'knees' }] })]), false);
});
