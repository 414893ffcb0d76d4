import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cli, type Received, serve } from '../testing.ts';

process.env.HEALTHCHAIN_TOKEN = 'a.b.c';

/** A log of so many commits, every third one of them in want of labels. */
function platform(last: number) {
  const labelled = new Set<number>();
  return ({ path }: Received) => {
    const query = new URL(path, 'http://localhost').searchParams;
    const [after, count] = [Number(query.get('_after')), Number(query.get('_count'))];
    const through = Math.min(after + count, last);
    const examined = through - after;
    let relabelled = 0;
    for (let position = after + 1; position <= through; position++)
      if (position % 3 === 0 && !labelled.has(position) && labelled.add(position)) relabelled += 1;
    const parameter = Object.entries({ through, last, examined, relabelled });
    return {
      body: {
        resourceType: 'Parameters',
        parameter: parameter.map(([name, valueInteger]) => ({ name, valueInteger })),
      },
    };
  };
}

test('everything is relabelled, page by page; once more changes nothing', async () => {
  await using server = await serve(platform(25));
  const { code, out } = await cli('relabel', '--count', '10', '--server', server.url);
  assert.deepEqual([code, out], [0, '8 of 25 resources got other labels.']);
  assert.deepEqual(
    server.received.map(({ method, path }) => `${method} ${path}`),
    [0, 10, 20].map((after) => `POST /fhir/$relabel?_after=${after}&_count=10`),
  );
  const again = await cli('relabel', '--json', '--server', server.url);
  assert.deepEqual(JSON.parse(again.out), { through: 25, examined: 25, relabelled: 0 });
});

test('what is cut off says where to go on, and goes on there', async () => {
  const answer = platform(25);
  let pages = 0;
  await using server = await serve((received) => (++pages === 3 ? 'hang up' : answer(received)));
  const cut = await cli('relabel', '--count', '10', '--server', server.url);
  assert.equal(cut.code, 1);
  assert.match(cut.err, /^Labelled through 20; "--after 20" does the rest\.$/m);
  const rest = await cli('relabel', '--after', '20', '--json', '--server', server.url);
  assert.deepEqual(JSON.parse(rest.out), { through: 25, examined: 5, relabelled: 2 });
});

test('a label is added and taken back by the standard’s operations; what is not understood is not sent', async () => {
  const valueMeta = { versionId: '2', security: [{ code: 'HIV' }] };
  const body = { resourceType: 'Parameters', parameter: [{ name: 'return', valueMeta }] };
  await using server = await serve(() => ({ body }));
  const label = (...argv: string[]) => cli('label', ...argv, '--server', server.url);
  const added = await label('Observation/1', '--add', 'HIV,R');
  assert.deepEqual([added.code, added.out], [0, 'Observation/1 is at version 2, with HIV of yours.']);
  assert.equal((await label('Observation/1', '--remove', 'HIV')).code, 0);
  for (const wrong of [['Observation'], ['Observation/1'], ['Observation/1', '--add', 'HIV', '--remove', 'R']])
    assert.equal((await label(...wrong)).code, 2);
  assert.deepEqual(
    server.received.map(({ path }) => path),
    ['/fhir/Observation/1/$meta-add', '/fhir/Observation/1/$meta-delete'],
  );
  const [{ valueMeta: sent }] = JSON.parse(server.received[0]!.body).parameter;
  assert.deepEqual(
    sent.security.map(({ system, code }: { system: string; code: string }) => `${system.split('/').at(-1)}|${code}`),
    ['v3-ActCode|HIV', 'v3-Confidentiality|R'],
  );
});
