import assert from 'node:assert/strict';
import { test } from 'node:test';
import fastify from 'fastify';
import { viewSchema } from '../rows/schema.ts';
import { criterionSchema } from './schema.ts';

const codes = [{ system: 'http://snomed.info/sct', code: '38341003' }];
const age = { type: 'age', at: '2026-01-01', min: 18 };

test('the schemas serve a door as they are', async (t) => {
  const server = fastify();
  t.after(() => server.close());
  server.post('/criteria', { schema: { body: criterionSchema } }, () => 'taken');
  server.post('/view', { schema: { body: viewSchema } }, () => 'taken');
  const status = async (url: string, payload: object) =>
    (await server.inject({ method: 'POST', url, payload })).statusCode;
  const nested = { type: 'and', criteria: [age, { type: 'not', criterion: { type: 'condition', codes } }] };
  assert.equal(await status('/criteria', nested), 200);
  assert.equal(
    await status('/criteria', { type: 'and', criteria: [age, { type: 'not', criterion: { type: 'x' } }] }),
    400,
  );
  assert.equal(await status('/criteria', { type: 'age', at: '2026-01-01' }), 400);
  const view = { resource: 'Patient', select: [{ select: [{ column: [{ name: 'id', path: 'id', type: 'id' }] }] }] };
  assert.equal(await status('/view', view), 200);
  assert.equal(await status('/view', { ...view, select: [{ select: [{ column: [{ name: 'id' }] }] }] }), 400);
});
