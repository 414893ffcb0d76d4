import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allows, grants, type Interaction } from './scopes.ts';

const interactions: Interaction[] = ['c', 'r', 'u', 'd', 's'];
const granted = (scope: string, type = 'Observation') =>
  interactions.filter((interaction) => allows([scope], type, interaction)).join('');

test('version 2 scopes grant the interactions they name, at every level', () => {
  assert.equal(granted('user/Observation.rs'), 'rs');
  assert.equal(granted('patient/Observation.c'), 'c');
  assert.equal(granted('system/*.cruds'), 'cruds');
  assert.equal(granted('user/Patient.rs'), '');
  assert.equal(granted('user/Observation.'), '');
});

test('version 1 scopes mean what they meant', () => {
  assert.equal(granted('user/Observation.read'), 'rs');
  assert.equal(granted('user/Observation.write'), 'cud');
  assert.equal(granted('user/*.*'), 'cruds');
});

test('what is not understood grants nothing', () => {
  for (const scope of [
    'user/Observation.rs?category=laboratory',
    'user/Observation.sr', // the letters have an order
    'user/Observation.rx',
    'admin/Observation.rs',
    'user/observation.rs ',
    'openid',
    '',
    'xuser/Observation.rs',
    'user/Observation.rs.rs',
  ])
    assert.equal(granted(scope), '', scope);
});

test('a route’s wish is granted by several scopes together, and only whole', () => {
  const scopes = ['user/Observation.r', 'user/Observation.s', 'user/Patient.r'];
  assert.ok(grants(scopes, 'Observation.rs'));
  assert.ok(!grants(scopes, 'Observation.rc'));
  assert.ok(!grants(scopes, 'Patient.rs'));
  assert.ok(!grants([], 'Patient.r'));
});
