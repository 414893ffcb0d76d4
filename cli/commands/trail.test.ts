import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AuditEvent } from '@medplum/fhirtypes';
import { cli, serve } from '../testing.ts';
import { describe } from './trail.ts';

process.env.HEALTHCHAIN_TOKEN = 'a.b.c';

const read: AuditEvent = {
  resourceType: 'AuditEvent',
  id: '7',
  type: { code: 'rest', display: 'RESTful Operation' },
  subtype: [{ code: 'read', display: 'read' }],
  recorded: '2026-01-02T03:04:05Z',
  outcome: '0',
  agent: [
    { requestor: false, who: { display: 'a system' } },
    { requestor: true, who: { reference: 'Practitioner/chen' } },
  ],
  source: { observer: { display: 'records' } },
  entity: [{ what: { reference: 'Observation/1' } }, { name: 'query' }, { what: { reference: 'Patient/2' } }],
};

test('an event is one line: when, what, who, about what, and its id', () => {
  assert.equal(describe(read), '2026-01-02T03:04:05Z  read  Practitioner/chen  Observation/1 Patient/2  [7]');
  assert.match(describe({ ...read, outcome: '4' }), / {2}REFUSED {2}\[7\]$/);
});

test('an event with less in it is one line too', () => {
  const { subtype: _, entity: __, ...rest } = read;
  const bare = { ...rest, type: { code: 'rest' }, agent: [{ requestor: true, who: { identifier: { value: 'x' } } }] };
  assert.equal(describe(bare), '2026-01-02T03:04:05Z  rest  x    [7]');
  assert.match(describe({ ...bare, agent: [{ requestor: true }] }), / {2}\? {2}/);
});

test('more than the platform gives at once is read page by page', async () => {
  const link = [{ relation: 'next', url: 'https://public.example/fhir/AuditEvent?_cursor=2' }];
  const page = { resourceType: 'Bundle', type: 'searchset', link, entry: [{ resource: read }, { resource: read }] };
  const last = { ...page, link: [], entry: [{ resource: read }] };
  await using server = await serve(({ path }) => ({ body: path.includes('_cursor') ? last : page }));
  const lines = async (count: string) =>
    (await cli('trail', '--count', count, '--server', server.url)).out.split('\n').length;
  assert.equal(await lines('2'), 2);
  assert.equal(server.received.length, 1);
  assert.equal(await lines('9'), 3);
  assert.equal(server.received.at(-1)!.path, '/fhir/AuditEvent?_cursor=2');
});

test('the trail asks for what it was told to, and prints what it gets', async () => {
  const body = { resourceType: 'Bundle', type: 'searchset', entry: [{ resource: read }, { resource: read }] };
  await using server = await serve(() => ({ body }));
  const { code, out } = await cli('trail', '--patient', 'p&q', '--count', '5', '--server', server.url);
  assert.equal(code, 0);
  assert.equal(out, `${describe(read)}\n${describe(read)}`);
  const { pathname, searchParams } = new URL(server.received[0]!.path, server.url);
  assert.equal(pathname, '/fhir/AuditEvent');
  assert.deepEqual([...searchParams].sort(), [
    ['_count', '5'],
    ['patient', 'p&q'],
  ]);
  const json = await cli('trail', '--json', '--server', server.url);
  assert.deepEqual(JSON.parse(json.out), [read, read]);
});
