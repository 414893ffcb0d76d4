import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cli, serve } from '../testing.ts';

process.env.HEALTHCHAIN_TOKEN = 'a.b.c';
const nobody = {
  permitted: [],
  in_emergency: { normal: 'all', R: 'some' },
  declared_emergencies: [],
  note: 'Besides: you.',
};
const changes = [
  {
    ...{ who: { organization: 'west', name: 'West Hospital', role: 'practitioner' }, purpose_of_use: 'TREAT' },
    ...{ before: {}, after: { normal: 'all', PSY: 'some' } },
  },
];

test('a preview says who would see more or less, what it replaces, and what to be careful about', async () => {
  const found = { words: 'I allow it.', problems: [], contradictions: ['It gainsays itself.'], changes, after: nobody };
  const replaces = [{ ...changes[0], consent: 'c-1' }];
  await using server = await serve(() => ({ body: { ...found, replaces } }));
  const { code, out } = await cli('template', 'visit', '--organization', 'west', '--preview', '--server', server.url);
  assert.equal(code, 0);
  assert.deepEqual(out.split('\n'), [
    'I allow it.',
    '',
    'Careful: It gainsays itself.',
    'It would decide in place of the consent c-1.',
    'practitioner of West Hospital for TREAT: nothing → normal, some PSY',
  ]);
  const [asked] = server.received;
  assert.deepEqual(
    [asked!.path, JSON.parse(asked!.body)],
    ['/consent/preview', { template: { name: 'visit', organization: 'west' } }],
  );
  for (const argv of [['grant', '--organization', 'west'], ['revoke', 'c-1'], ['revoke-all']])
    assert.equal((await cli(...argv, '--preview', '--server', server.url)).code, 0);
  assert.deepEqual(
    server.received.slice(1).map(({ body }) => JSON.parse(body)),
    [{ grant: { grantee: { organization: 'west' } } }, { revoke: 'c-1' }, { revoke_all: true }],
  );
});

test('templates are listed with what they need; what is permitted, and what was revoked', async () => {
  const [visit] = [
    {
      name: 'visit',
      title: 'This hospital',
      explanation: 'A week.',
      required: ['organization'],
      optional: ['care_team'],
    },
  ];
  await using server = await serve(({ path }) => {
    if (path === '/consent/templates') return { body: { templates: [visit] } };
    if (path === '/consent/revoke-all') return { body: { revoked: [{ consent: 'c-1', event: 'e-1' }], still: nobody } };
    const [{ before: _, after: sees, ...line }] = changes as [(typeof changes)[0]];
    return { body: { ...nobody, permitted: [{ ...line, sees }] } };
  });
  const lines = async (...argv: string[]) => (await cli(...argv, '--server', server.url)).out.split('\n');
  assert.deepEqual(await lines('template'), [
    'visit: This hospital',
    '  A week.',
    '  needs: --organization; may have: --care-team',
  ]);
  const emergency = ['In a declared emergency, any clinician: normal, some R', 'Besides: you.'];
  assert.deepEqual(await lines('permitted', '--patient', 'p'), [
    'practitioner of West Hospital for TREAT: normal, some PSY',
    ...emergency,
  ]);
  assert.deepEqual(await lines('revoke-all'), [
    ...['Consent c-1 is revoked (event e-1)', 'Now:', 'Nobody may see anything.'],
    ...emergency,
  ]);
  assert.deepEqual(JSON.parse((await lines('permitted', '--json'))[0]!).permitted.length, 1);
});

test('notifications and the use of break-glass, a line each', async () => {
  const told = { id: 'n-1', at: '2026-01-15T12:00:00Z', text: 'The glass is broken.', read_at: '2026-01-16' };
  const harbour = { organization: 'harbour', declared: 2, median_hours_to_review: 1.5, suspended: ['evans'] };
  await using server = await serve(({ path }) => {
    if (path.startsWith('/consent/break-glass/report'))
      return { body: { organizations: [{ ...harbour, clinicians: [{ clinician: 'evans', declared: 2 }] }] } };
    return { body: path.endsWith('/read') ? told : { notifications: [told] } };
  });
  const lines = async (...argv: string[]) => (await cli(...argv, '--server', server.url)).out.split('\n');
  const line = '2026-01-15T12:00:00Z  The glass is broken.  (read)  [n-1]';
  assert.deepEqual(
    [await lines('notifications', '--unread'), await lines('notifications', '--read', 'n-1')],
    [[line], [line]],
  );
  assert.deepEqual(await lines('emergencies', '--from', '2026-01-01'), [
    'harbour: 2 declared, 1.5 median hours to review',
    '  evans: 2 declared, suspended',
  ]);
  assert.deepEqual(
    server.received.map(({ method, path }) => `${method} ${path}`),
    [
      'GET /consent/notifications?unread=true',
      'POST /consent/notifications/n-1/read',
      'GET /consent/break-glass/report?from=2026-01-01',
    ],
  );
});
