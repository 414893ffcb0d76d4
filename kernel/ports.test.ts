import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { refuseTaken } from './ports.ts';

test('a port that is taken, or an address that is not ours, is refused by the name of its variable', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  const refused = refuseTaken('127.0.0.1', { RPC_PORT: 0, HTTP_PORT: port });
  const message = new RegExp(`^HTTP_PORT: cannot listen on 127.0.0.1:${port}: another program has it`);
  await assert.rejects(refused, { code: 'unavailable', message });
  await assert.rejects(refuseTaken('192.0.2.1', { RPC_PORT: 0 }), { message: /^RPC_PORT: .*EADDRNOTAVAIL/ });
  await once(taken.close(), 'close');
  await refuseTaken('127.0.0.1', { HTTP_PORT: port });
});
