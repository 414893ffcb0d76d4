import assert from 'node:assert/strict';
import { test } from 'node:test';
import fastify from 'fastify';
import { proxiesIn } from './proxies.ts';

const gateway = '127.0.0.1'; // whom `inject` comes from

async function seen(trusted: string, forwarded: string): Promise<string> {
  const app = fastify({ trustProxy: proxiesIn(trusted) });
  app.get('/', ({ ip }) => ip);
  return (await app.inject({ url: '/', headers: { 'x-forwarded-for': forwarded } })).body;
}

test('a caller is whom a trusted proxy names, and nobody else is believed', async () => {
  assert.equal(await seen('', '192.0.2.1'), gateway);
  assert.equal(await seen('10.0.0.0/8', '192.0.2.1'), gateway);
  assert.equal(await seen('127.0.0.0/8', '192.0.2.1'), '192.0.2.1');
  assert.equal(await seen(' 127.0.0.1 , ::1', '2001:db8::1'), '2001:db8::1');
  assert.equal(await seen(gateway, '203.0.113.9, 192.0.2.1'), '192.0.2.1'); // what the caller said itself comes first
  assert.equal(await seen(`${gateway},192.0.2.0/24`, '203.0.113.9, 192.0.2.1'), '203.0.113.9');
});

test('what is no address and no CIDR is refused by name', () => {
  for (const wrong of ['localhost', '10.0.0.0/33', '10.0.0', '::/129', '10.0.0.0/8/8', '127.0.0.1 ::1', '1.2.3.4/'])
    assert.throws(() => proxiesIn(`127.0.0.1,${wrong}`), { code: 'invalid', message: /TRUSTED_PROXIES: "/ });
});
