import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { AuditEvent, Bundle } from '@medplum/fhirtypes';
import { cli } from '../../cli/testing.ts';
import { scene } from '../scene.ts';

const born = { name: 'born', path: 'birthDate' };
const sex = { name: 'sex', path: 'gender' };
const extract = {
  person: { resource: 'Patient', select: [{ column: [born, sex] }] },
  columns: [
    { column: 'born', as: 'age', at: '2026-01-01' },
    { column: 'sex', as: 'text' },
  ],
};
const adults = { type: 'age', at: '2026-01-01', min: 18 };

test('from a study to an approved request, by the command line, with what patients and auditors see of it', async (t) => {
  const { platform, users, as, dispose } = await scene();
  const folder = await mkdtemp(join(tmpdir(), 'research-'));
  t.after(async () => {
    await dispose();
    await rm(folder, { recursive: true });
  });
  const research = async (user: string, ...argv: string[]) => {
    const { code, out, err } = await cli('research', ...argv, '--as', user, '--json', '--server', platform.url);
    return code === 0 ? JSON.parse(out) : { code, err: out + err };
  };
  const [criteriaFile, extractFile] = [join(folder, 'criteria.json'), join(folder, 'extract.json')];
  await writeFile(criteriaFile, JSON.stringify(adults));
  await writeFile(extractFile, JSON.stringify(extract));

  const terms = ['--ethics', 'EC 2026-17', '--data-use', 'blood pressure research'];
  const study = await research('research.hale', 'study', '--title', 'Blood pressure at home', ...terms);
  const of = ['--study', study.id];
  const files = ['--criteria', criteriaFile, '--extract', extractFile];
  assert.equal((await research('research.hale', 'define', ...of, ...files)).definition, 1);
  const nobody = await research('research.hale', 'feasibility', ...of);
  assert.equal(nobody.questions_left, 3);

  const patients = users.filter(({ role }) => role === 'patient');
  const [taking, refusing] = [patients.slice(1), patients[0]!];
  for (const { user } of taking) {
    const purpose = ['--purpose', `urn:healthchain:study|${study.id}`];
    const granted = await cli(
      'grant',
      '--as',
      user,
      '--organization',
      'northgate',
      ...purpose,
      '--server',
      platform.url,
    );
    assert.equal(granted.code, 0, granted.err);
  }
  const told = await research('research.hale', 'feasibility', ...of);
  assert.ok(told.fewer_than === 55 || told.count % 5 === 0, JSON.stringify(told));
  const request = await research('research.hale', 'request', ...of);
  const decide = (user: string) => research(user, 'approve', ...of, '--request', request.id);
  assert.match((await decide('research.hale')).err, /Only a data steward/);
  assert.equal((await decide('privacy.gray')).status, 'approved');
  const listed = await cli('research', 'list', '--as', 'privacy.gray', '--server', platform.url);
  assert.match(listed.out, /definition 1, asked for by .+: approved by /);

  const trailOf = async (user: string): Promise<AuditEvent[]> => {
    const bundle: Bundle<AuditEvent> = (await as(user).call('/fhir/AuditEvent?_count=50')).body;
    return (bundle.entry ?? []).map(({ resource }) => resource!);
  };
  const forStudy = ({ entity }: AuditEvent) =>
    entity?.some(({ what }) => what?.reference === `ResearchStudy/${study.id}`) ?? false;
  let seen: AuditEvent[] = [];
  while (seen.length === 0) seen = (await trailOf(taking[0]!.user)).filter(forStudy);
  const purposes = seen.flatMap(({ agent }) =>
    agent.flatMap(({ purposeOfUse }) => purposeOfUse?.[0]?.coding?.[0]?.code),
  );
  assert.ok(purposes.includes('HRESCH'));
  assert.ok(!(await trailOf(refusing.user)).some(forStudy));
});
