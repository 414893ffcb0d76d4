import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { main } from '../../cli/main.ts';
import { handOver, verified } from '../../cli/sharingStory.ts';
import { Failure } from '../../kernel/errors.ts';
import { type Scene, scene } from '../scene.ts';

let stage: Scene;
before(async () => {
  stage = await scene();
});
after(() => stage.dispose());

const refused = (code: string) => (error: unknown) => error instanceof Failure && error.code === code;

async function cli(...argv: string[]): Promise<string> {
  const printed: string[] = [];
  const io = { out: (line: string) => void printed.push(line), err: (line: string) => void printed.push(line) };
  assert.equal(await main([...argv, '--server', stage.platform.url], io), 0, printed.join('\n'));
  return printed.join('\n');
}

test('the story of sharing goes as it is told, twice, and every step in it is proven', async () => {
  const first = JSON.parse(await cli('story', 'sharing', '--json'));
  assert.ok(first.verified >= 10 && first.resources > 1, JSON.stringify(first));
  const again = JSON.parse(await cli('story', 'sharing', '--json'));
  assert.notEqual(again.agreement, first.agreement);
});

test('a consent that stands accepts; data of others, of other kinds and to others is not handed over', async () => {
  const { as, patient } = stage;
  const own = as(patient.user);
  const chen = as('dr.chen');
  const grant = { grantee: { organization: 'lindenhof' } };
  const { body: granted } = await own.call('/consent/grants', { method: 'POST', body: grant });
  const until = new Date(Date.now() + 3600_000).toISOString();
  const proposal = { patient: patient.patient, custodian: 'northgate', data_classes: ['Condition'], until };
  const frequency = { transfers: 5, hours: 1 };
  const proposed = await chen.call('/consent/agreements', { method: 'POST', body: { ...proposal, frequency } });
  const { id, status, standing } = proposed.body;
  assert.deepEqual([proposed.status, status, standing], [201, 'accepted', true]);

  const { body } = verified(await handOver(chen, patient.patient, id));
  const types = new Set(body.entry?.map(({ resource }) => resource!.resourceType));
  assert.ok(types.has('Condition') && !types.has('Observation'), [...types].join());
  await assert.rejects(handOver(as('dr.evans'), patient.patient, id), refused('not-found'));
  await assert.rejects(handOver(chen, 'another-patient', id), refused('not-found'));

  await own.call(`/consent/grants/${granted.consent}/revoke`, { method: 'POST', body: {} });
  await assert.rejects(handOver(chen, patient.patient, id), refused('forbidden'));
  const { body: ended } = await own.call(`/consent/agreements/${id}`);
  assert.deepEqual([ended.status, ended.end_reason, ended.transfers.length], ['ended', 'revoked', 1]);
});

test('the patient follows it all from the command line', async () => {
  const listed = JSON.parse(await cli('agreement', 'list', '--as', stage.patient.user, '--json'));
  assert.ok(listed.length >= 3);
  assert.match(await cli('agreement', 'list', '--as', stage.patient.user), /lindenhof from northgate: .*ended/);
  const asked = ['--patient', stage.patient.patient, '--custodian', 'northgate', '--type', 'Observation'];
  const made = JSON.parse(await cli('agreement', 'propose', '--as', 'dr.chen', ...asked, '--days', '2', '--json'));
  await cli('agreement', 'accept', '--as', stage.patient.user, '--id', made.id);
  const received = JSON.parse(await cli('agreement', 'receive', '--as', 'dr.chen', '--id', made.id, '--json'));
  assert.match(received.sha256, /^[0-9a-f]{64}$/);
  await cli('agreement', 'end', '--as', stage.patient.user, '--id', made.id);
  await cli('agreement', 'attest', '--as', 'dr.chen', '--id', made.id, '--text', 'deleted');
  const shown = await cli('agreement', 'show', '--as', stage.patient.user, '--id', made.id);
  assert.match(shown, /deletion attested/);
});
