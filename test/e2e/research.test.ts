import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { AuditEvent, Bundle } from '@medplum/fhirtypes';
import { takePart } from '../../cli/researchStoryConsents.ts';
import { clinicPeople, demoPeople } from '../../cli/researchStoryPeople.ts';
import { cli } from '../../cli/testing.ts';
import { embeddedPlatform } from '../platform.ts';
import { type Scene, sceneOn } from '../scene.ts';

let stage: Scene;
let folder: string;
/** What stands for `<name>` in the guide's commands. */
const known: Record<string, string> = {};
before(async () => {
  // a study's criteria are no secret, but name codes that other files search a shared world for
  [stage, folder] = await Promise.all([sceneOn(embeddedPlatform), mkdtemp(join(tmpdir(), 'healthchain-guide-'))]);
  known.folder = join(folder, 'package');
});
after(async () => {
  await stage?.dispose();
  await rm(folder, { recursive: true });
});

/** The commands below a heading of the guide, as argument lists. */
async function commandsFor(heading: string): Promise<string[][]> {
  const guide = await readFile('docs/research.md', 'utf8');
  const section = guide.split(/^## /m).find((part) => part.startsWith(heading))!;
  const block = /```sh\n([\s\S]*?)```/.exec(section)![1]!;
  const words = (line: string) => [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!);
  return block.trim().split('\n').map(words);
}

const filled = (word: string): string =>
  word.replaceAll(/<(\w+)>/g, (_, name: string) => known[name] ?? assert.fail(`nothing is known of <${name}>`));

async function run(command: string[]): Promise<{ code: number; result: Record<string, unknown> }> {
  const { code, out } = await cli(...command.map(filled), '--json', '--server', stage.platform.url);
  return { code, result: JSON.parse(out) };
}

async function done(command: string[]): Promise<Record<string, unknown>> {
  const { code, result } = await run(command);
  assert.equal(code, 0, `${command.join(' ')}: ${JSON.stringify(result)}`);
  return result;
}

const forStudy = ({ entity }: AuditEvent): boolean =>
  entity?.some(({ what }) => what?.reference === `ResearchStudy/${known.study}`) ?? false;

/** What somebody's access log says of the study, once it says something of this kind. */
async function trailOf(user: string, kind: string): Promise<AuditEvent[]> {
  for (;;) {
    const { body } = await stage.as(user).call('/fhir/AuditEvent?_count=50');
    const events = ((body as Bundle<AuditEvent>).entry ?? []).map(({ resource }) => resource!).filter(forStudy);
    if (events.some(({ subtype }) => subtype?.some(({ code }) => code?.startsWith(kind)))) return events;
  }
}

test('the guide’s commands, in its order, lead from a study to a verified package, and to its recall', async () => {
  const { platform, users } = stage;
  const [study, define, feasibility, request, build, download, verify] = await commandsFor('For researchers');
  const [list, approve, releases, recalls] = await commandsFor('For data stewards');
  const [grant, trail, revoke] = await commandsFor('For patients');

  known.study = String((await done(study!)).id);
  assert.equal((await done(define!)).definition, 1);
  const patients = [...demoPeople(platform.url, users), ...(await clinicPeople(platform.url, users, 150))];
  const [one, ...others] = patients.filter(({ affected }) => affected);
  const silent = patients.find(({ login, affected }) => login && !affected)!;
  await takePart(known.study, 'northgate', others);
  known.patient = one!.login!.user;
  known.consent = String((await done(grant!)).consent);

  assert.equal((await done(feasibility!)).questions_left, 3);
  known.request = String((await done(request!)).id);
  const own = await run(approve!.map((word) => (word === 'privacy.gray' ? 'research.hale' : word)));
  assert.match(JSON.stringify(own.result), /Only a data steward/);
  assert.equal((await done(approve!)).status, 'approved');
  assert.match(JSON.stringify(await done(list!)), new RegExp(known.request));
  known.release = String((await done(build!)).release);
  assert.ok(Number((await done(download!)).rows) > 100);
  assert.equal((await done(verify!)).valid, true);
  assert.match(JSON.stringify(await done(releases!)), new RegExp(known.release));

  const seen = await trailOf(known.patient, 'release-included');
  const purposes = seen.flatMap(({ agent }) => agent.map(({ purposeOfUse }) => purposeOfUse?.[0]?.coding?.[0]?.code));
  assert.ok(purposes.includes('HRESCH'));
  assert.match(JSON.stringify(await done(trail!)), new RegExp(known.release));
  await done(revoke!);
  const gone = await run(download!);
  assert.match(JSON.stringify(gone.result), /recalled/);
  assert.match(JSON.stringify(await done(recalls!)), new RegExp(known.release));
  await trailOf(known.patient, 'release-recalled');
  const { body } = await silent.login!.call('/fhir/AuditEvent?_count=100');
  assert.ok(!((body as Bundle<AuditEvent>).entry ?? []).some(({ resource }) => forStudy(resource!)));
});
