import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { fetchedJwks } from './jwks.ts';

test('the keys are fetched while one replica of the issuer answers', async () => {
  const issuer = createServer((_request, response) => response.end('{"keys":[]}'));
  await new Promise<void>((listening) => issuer.listen(0, '127.0.0.1', listening));
  const there = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}/jwks`;
  const jwks = fetchedJwks(['http://127.0.0.1:1/jwks', there]);
  assert.deepEqual(await jwks(), { keys: [] });
  await new Promise((closed) => {
    issuer.close(closed);
    issuer.closeAllConnections();
  });
  await assert.rejects(jwks(), { code: 'unavailable' });
});
