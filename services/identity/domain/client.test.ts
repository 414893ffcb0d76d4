import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { Failure } from '../../../kernel/errors.ts';
import { client, type RegisterClient } from './client.ts';

const by = { subject: 'service/records', role: 'system' } as const;
const jwk = (type: 'ec' | 'rsa', bits = 2048) => {
  const pair =
    type === 'ec'
      ? generateKeyPairSync('ec', { namedCurve: 'P-384' })
      : generateKeyPairSync('rsa', { modulusLength: bits });
  return {
    open: { ...pair.publicKey.export({ format: 'jwk' }), kid: 'k' },
    secret: { ...pair.privateKey.export({ format: 'jwk' }), kid: 'k' },
  };
};
const set = (...keys: object[]) => JSON.stringify({ keys });
const ec = jwk('ec');
const system: RegisterClient = {
  ...{ type: 'register', name: ' Feed ', organization: 'northgate', redirectUris: [], jwks: set(ec.open) },
  ...{ scopes: ['system/Observation.cruds'], by },
};
const decide = (change: Partial<RegisterClient>) => client.decide({ ...system, ...change }, client.initial);
const refusedAt = (field: string) => (error: unknown) =>
  error instanceof Failure && error.code === 'value' && error.issues[0]?.expression?.[0] === field;

test('given nothing, when a system is registered, then its public keys are kept', () => {
  const [event] = decide({});
  assert.equal(event?.name, 'Feed');
  assert.deepEqual(event?.keys, [ec.open]);
  assert.throws(() => client.decide(system, client.evolve(client.initial, event!)), /already registered/);
});

test('private, weak, nameless, symmetric keys and what is no key set are refused', () => {
  const { kid: _, ...nameless } = ec.open;
  const bad = [set(ec.secret), set(jwk('rsa', 1024).open), set(nameless), set({ kty: 'oct', k: 'x', kid: 'k' }), set()];
  for (const jwks of [...bad, '{', 'null', '{"keys":{}}'])
    assert.throws(() => decide({ jwks }), refusedAt('jwks'), jwks);
  assert.equal(decide({ jwks: set(jwk('rsa').open) }).length, 1);
});

test('redirect URIs are https, loopback http, or a scheme of the application', () => {
  for (const uri of ['https://app.example/cb', 'http://127.0.0.1/cb', 'http://[::1]:9/cb', 'com.example.app:/cb']) {
    assert.equal(decide({ redirectUris: [uri] }).length, 1, uri);
  }
  for (const uri of [
    'http://app.example/cb',
    'javascript:alert(1)',
    'https://app.example/#x',
    '/cb',
    'data:text/html,x',
  ]) {
    assert.throws(() => decide({ redirectUris: [uri] }), refusedAt('redirect_uris'), uri);
  }
});

test('a client needs keys or redirect URIs, and keys for system scopes', () => {
  assert.throws(() => decide({ jwks: '' }), refusedAt('redirect_uris'));
  assert.throws(() => decide({ jwks: '', redirectUris: ['https://app.example/cb'] }), refusedAt('jwks'));
  assert.throws(() => decide({ scopes: ['system/Observation'] }), refusedAt('scopes'));
  assert.throws(() => decide({ name: '' }), refusedAt('name'));
});
