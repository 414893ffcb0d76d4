import assert from 'node:assert/strict';
import { test } from 'node:test';
import { login } from '../../../../cli/oidc.ts';
import { Failure } from '../../../../kernel/errors.ts';
import { browser, logIn, request } from '../../testing/browser.ts';
import { identityWorld, password, registerPerson } from '../../testing/world.ts';

test('after five wrong passwords even the right one waits, with 429 and Retry-After', async (t) => {
  const world = await identityWorld();
  t.after(() => world.stop());
  await registerPerson(world, { login: 'ada', role: 'patient', patient: 'p-1' });
  const attempt = async (secret: string) => (await logIn(browser(world.server), request(), 'ada', secret)).answer;
  for (let tries = 0; tries < 5; tries++) assert.equal((await attempt('wrong password')).status, 401);
  const locked = await attempt(password);
  assert.equal(locked.status, 429);
  assert.ok(Number(locked.headers.get('retry-after')) >= 1);
  const failure = (error: unknown) => error instanceof Failure && error.code === 'throttled';
  await assert.rejects(login({ server: world.server, user: 'ada', password }), failure);
  world.clock.forward(16 * 60_000);
  assert.equal((await attempt(password)).status, 303);
});

test('many tries at the same time all count', async (t) => {
  const world = await identityWorld();
  t.after(() => world.stop());
  await registerPerson(world, { login: 'ada', role: 'patient', patient: 'p-1' });
  world.clock.stand();
  const tries = Array.from({ length: 12 }, () => logIn(browser(world.server), request(), 'ada', 'wrong password'));
  const statuses = (await Promise.all(tries)).map(({ answer }) => answer.status);
  assert.equal(statuses.filter((status) => status === 401).length, 5);
  assert.equal(statuses.filter((status) => status === 429).length, 7);
});

test('addresses are told apart where a trusted proxy says whom it comes for, and only there', async (t) => {
  const [trusting, wary] = [await identityWorld({ trustedProxies: ['127.0.0.0/8'] }), await identityWorld()];
  t.after(() => Promise.all([trusting.stop(), wary.stop()]));
  for (const [world, other] of [
    [trusting, 401],
    [wary, 429],
  ] as const) {
    world.clock.stand();
    const logins = Array.from({ length: 8 }, (_, n) => `patient-${n}`);
    for (const login of logins) await registerPerson(world, { login, role: 'patient', patient: login });
    const attempt = async (login: string, address: string) => {
      const visitor = browser(world.server, { 'x-forwarded-for': address });
      return (await logIn(visitor, request(), login, 'wrong password')).answer.status;
    };
    const fourEach = [...logins, ...logins, ...logins, ...logins];
    const statuses = await Promise.all(fourEach.map((login) => attempt(login, '192.0.2.1')));
    assert.equal(statuses.filter((status) => status === 429).length, 2, 'thirty tries of an address are looked at');
    assert.equal(await attempt('patient-9', '192.0.2.2'), other);
  }
});
