import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Bundle } from '@medplum/fhirtypes';
import type { Client } from '../../cli/client.ts';
import { breakGlass } from '../../cli/commands/break-glass.ts';
import { trail } from '../../cli/commands/trail.ts';
import { main } from '../../cli/main.ts';
import { login } from '../../cli/oidc.ts';
import { Failure } from '../../kernel/errors.ts';
import { ConsentService } from '../../proto/gen/healthchain/consent/v1/consent_pb.ts';
import { fileObservations, type Scene, scene } from '../scene.ts';

let stage: Scene;
before(async () => {
  stage = await scene();
});
after(() => stage.dispose());

const refused = (code: string) => (error: unknown) => error instanceof Failure && error.code === code;

/** The accesses in a patient's trail that were made under a declaration. */
async function under(patient: Client, id: string): Promise<string[]> {
  for (;;) {
    const events = await trail(patient, { count: 100 });
    const found = events.filter((event) => JSON.stringify(event).includes(id) && event.action !== 'E');
    if (found.length > 0)
      return found.flatMap(({ entity = [] }) => entity.flatMap(({ what }) => what?.reference ?? []));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test('break-glass, whole: declared, announced, seen in the trail, reviewed, suspended, reported', async () => {
  const [fox, gray, patient] = [stage.as('nurse.fox'), stage.as('privacy.gray'), stage.as(stage.patient.user)];
  const [observation] = await fileObservations(stage.author, stage.patient.patient, 1);
  const read = () => fox.call(`/fhir/Observation/${observation}`);
  const declare = (text: string) => breakGlass(fox, stage.patient.patient, text, 'ETREAT');
  await assert.rejects(read(), refused('forbidden'));
  await assert.rejects(declare(''), refused('required'));
  const { id } = await declare('found unconscious');
  assert.equal((await declare('found unconscious')).id, id);
  assert.equal((await read()).status, 200);
  assert.ok((await under(patient, id)).includes(`Observation/${observation}/_history/1`));

  for (const [told, of] of [
    [patient, 'your records'],
    [gray, "a patient's records"],
  ] as const) {
    const { body } = await told.call('/consent/notifications?unread=true');
    const notice = body.notifications.find(({ break_glass }: { break_glass: string }) => break_glass === id);
    assert.match(notice.text, new RegExp(`Mila Fox .*${of}`));
  }
  const { body: queue } = await gray.call('/consent/break-glass?unreviewed=true');
  assert.deepEqual(
    queue.declarations.map((each: { id: string }) => each.id),
    [id],
  );
  const verdict = { verdict: 'unjustified', text: 'curiosity' };
  await gray.call(`/consent/break-glass/${id}/review`, { method: 'POST', body: verdict });
  await assert.rejects(read(), refused('forbidden'));
  await assert.rejects(declare('again'), refused('forbidden'));
  const { body } = await gray.call('/consent/break-glass/report');
  assert.deepEqual([body.organizations[0].unjustified, body.organizations[0].suspended.length], [1, 1]);
  assert.equal(body.organizations[0].clinicians[0].name, 'Mila Fox');
});

/** Runs a command line as somebody; resolves to what it printed. */
async function cli(user: string, ...argv: string[]): Promise<string> {
  const printed: string[] = [];
  const io = { out: (line: string) => void printed.push(line), err: (line: string) => void printed.push(line) };
  const code = await main([...argv, '--as', user, '--server', stage.platform.url], io);
  assert.equal(code, 0, printed.join('\n'));
  return printed.join('\n');
}

test('the commands for patients and privacy officers do what docs/consent.md says', async () => {
  const own = (...argv: string[]) => cli(stage.patient.user, ...argv);
  assert.match(await own('template'), /visit: This hospital for this visit/);
  const visit = ['template', 'visit', '--organization', 'lindenhof'];
  const opens = /practitioner of Lindenhof Clinic for TREAT: nothing → normal/;
  assert.match(await own(...visit, '--preview'), opens);
  const [, id = ''] = /Consent (\S+), in force/.exec(await own(...visit)) ?? [];
  assert.match(await own('permitted'), /practitioner of Lindenhof Clinic for TREAT: normal, until/);
  assert.match(await own('grant', '--organization', 'harbour', '--preview'), /Harbour .* for TREAT: nothing → normal/);
  assert.match(await own('revoke', id, '--preview'), /Lindenhof Clinic for TREAT: normal → nothing/);
  assert.match(await own('revoke-all'), new RegExp(`Consent ${id} is revoked`));
  const told = await own('notifications');
  const [, notification = ''] = /Mila Fox .*\[(\S+)\]$/m.exec(told) ?? [];
  assert.match(await own('notifications', '--read', notification), /\(read\)/);
  assert.match(await cli('privacy.gray', 'emergencies'), /Mila Fox: 1 declared.*suspended/);
});

test('a grantee nobody knows is refused with whom the patient probably means', async () => {
  const patient = stage.as(stage.patient.user);
  const grant = (grantee: object) => patient.call('/consent/grants', { method: 'POST', body: { grantee } });
  await assert.rejects(grant({ practitioner: 'lian.chen' }), /did you mean \S+ \(Lian Chen\)\?/);
  await assert.rejects(grant({ organization: 'lindenhoff' }), /did you mean lindenhof \(Lindenhof Clinic\)\?/);
});

test('a view over gRPC closes by itself; a platform that stops ends it at once', async () => {
  const chen = stage.users.find(({ user }) => user === 'dr.chen')!;
  const { accessToken: token } = await login({ server: stage.platform.url, user: chen.user, password: chen.password });
  const patient = stage.as(stage.patient.user);
  const transport = stage.platform.rpc();
  try {
    const question = { patient: stage.patient.patient, action: 'access', purposeOfUse: 'TREAT' };
    const resources = [{ type: 'Observation', id: 'o', authorOrganization: 'northgate' }];
    const watch = transport.client(ConsentService).watch({ ...question, resources }, { token });
    const view = watch[Symbol.asyncIterator]();
    const opens = async () => (await view.next()).value!.decision!.permits[0];
    assert.equal(await opens(), false);
    const grant = { grantee: { organization: 'lindenhof' } };
    await patient.call('/consent/grants', { method: 'POST', body: grant });
    assert.equal(await opens(), true);
    await patient.call('/consent/revoke-all', { method: 'POST', body: {} });
    assert.equal(await opens(), false);
    const { body } = await patient.call('/fhir/Consent?status=active');
    assert.equal((body as Bundle).total, 0);

    const over = assert.rejects(view.next(), refused('unavailable'));
    const stopping = performance.now();
    assert.equal(await stage.platform.stop(), 0);
    await over;
    assert.ok(performance.now() - stopping < 9_000, 'a drain does not wait for a stream that never ends');
  } finally {
    transport.close();
  }
});
