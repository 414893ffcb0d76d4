import { rm } from 'node:fs/promises';
import { Failure } from '../kernel/errors.ts';
import { bodyWith, type Client } from './client.ts';
import { post } from './researchDoors.ts';
import { recallActions } from './researchRecall.ts';
import { certainOf, threeOfOneClass } from './researchStoryClass.ts';
import { type Participant, takePart } from './researchStoryConsents.ts';
import { downloaded, type Package, packagePath, verdictLine } from './researchStoryPackage.ts';
import type { Person } from './researchStoryPeople.ts';
import { type Asked, ask, made, refused, type Staff } from './researchStoryRelease.ts';
import { provenTrail } from './researchStoryTrail.ts';

export interface ResearchCast extends Staff {
  /** Somebody with a login who is no recipient. */
  outsider: Client & { name: string };
  /** Everybody whose records are there. */
  people: readonly Person[];
  /** Where packages are put. */
  folder: string;
}

type Say = (line: string) => void;

export interface ResearchStoryResult {
  study: string;
  first: ToldRelease;
  /** Why the overlapping definition was refused. */
  refused: string;
  withdrawn: number;
  recall: ToldRecall;
  second: ToldRelease;
  /** Entries of a patient's trail whose proofs were verified offline. */
  verified: number;
}
interface ToldRecall {
  deadline: string;
  /** SHA-256 of the statement, as on the ledger; hex. */
  attestation: string;
}
interface ToldRelease extends Pick<Package, 'release' | 'folder' | 'k' | 'registry'> {
  rows: number;
}

/**
 * From a study to its withdrawal, against a running platform, step by step. Throws where any step does not go as it must.
 * Can be repeated: each time is a new study, whose releases the registry lays beside those of the earlier ones.
 */
export async function researchStory(cast: ResearchCast, say: Say): Promise<ResearchStoryResult> {
  let steps = 0;
  const tell: Say = (line) => say(`${++steps}. ${line}`);
  const study = await registered(cast.researcher);
  tell(`${cast.researcher.name} registers a study; consents name it as urn:healthchain:study|${study.id}`);
  const participants = await takePart(study.id, cast.researcher.organization, cast.people);
  tell(tellConsents(participants, cast.people));

  const asked = await ask(cast, study.id);
  tell(`How many adults with hypertension or prediabetes are there? ${asked.told}`);
  const first = await firstRelease(cast, asked, study, tell);
  const overlap = await overlapping(cast, study);
  tell(`The same cohort, but 40 and older: ${overlap.replaceAll(/ \([^)]*\)/g, '')}`);

  const three = whoWithdraw(first, participants);
  const recall = await withdrawal(cast, first, three, tell);
  const second = await secondRelease(cast, asked, study, tell);
  say(`    Its privacy report: ${second.folder}/privacy-report.html`);

  const verified = await trailOf(cast, study.id, three, participants, [first.release, second.release], tell, say);
  return {
    ...{ study: study.id, first: toldRelease(first), refused: overlap, withdrawn: three.length },
    ...{ recall, second: toldRelease(second), verified },
  };
}

async function firstRelease(cast: ResearchCast, asked: Asked, study: Study, tell: Say): Promise<Package> {
  const { researcher, steward, outsider } = cast;
  tell(`${researcher.name} requests their rows, and may not approve that; ${steward.name}, a data steward, does`);
  const { release, steps } = await released(cast, asked, study.investigator);
  tell(`The release is made: ${steps.join(', ')}`);
  const path = await packagePath(researcher, release);
  await refused('not-found', () => outsider.call(path));
  const found = await downloaded(researcher, cast.server, release, cast.folder);
  tell(`The registry of all releases: ${verdictLine(found.registry)}`);
  tell(`${outsider.name} is no recipient and gets nothing; ${researcher.name} downloads it: ${tellPackage(found)}`);
  return found;
}

async function withdrawal(cast: ResearchCast, first: Package, three: readonly Participant[], tell: Say) {
  const { researcher } = cast;
  const path = await packagePath(researcher, first.release);
  for (const each of three) await each.withdraw();
  await refused('deleted', () => researcher.call(path));
  tell(tellWithdrawal(three));
  const recall = await recalled(cast, first);
  tell(`It is recalled: a signed notice tells ${researcher.name} to delete it by ${recall.deadline}`);
  tell(`${researcher.name} deletes it and attests that; on the ledger stands ${recall.attestation}`);
  return recall;
}

async function secondRelease(cast: ResearchCast, asked: Asked, study: Study, tell: Say): Promise<Package> {
  const { release } = await released(cast, asked, study.investigator);
  tell('The same is requested, approved and made again');
  const found = await downloaded(cast.researcher, cast.server, release, cast.folder);
  tell(`The registry: ${verdictLine(found.registry)}`);
  tell(`${cast.researcher.name} downloads it: ${tellPackage(found)}`);
  return found;
}

interface Study {
  id: string;
  investigator: string;
}

const registered = (researcher: Client): Promise<Study> =>
  post(researcher, '/research/studies', 'investigator', {
    title: 'Blood pressure before diabetes',
    purpose_of_use: 'HRESCH',
    protocol: 'BPD-1, version 2',
    ethics_approval: 'EC 2026-17',
    data_use: 'To see how often hypertension and prediabetes come together, by age, sex and region.',
  });

/** The storyteller knows the cast; the platform tells nobody such numbers. */
function tellConsents(participants: readonly Participant[], people: readonly Person[]): string {
  const logins = participants.filter(({ login }) => login).length;
  return (
    `Of the ${people.length} people whose records are here, ${logins} agree by their own login and ` +
    `${participants.length - logins} on a paper that they sign and their hospital files; the others never agree`
  );
}

/** Throws Failure `business-rule` where the registry refuses: then an earlier story was about other people. */
async function released(cast: ResearchCast, asked: Asked, recipient: string) {
  const outcome = await made(cast, asked, [recipient]);
  if ('release' in outcome) return outcome;
  const advice = 'If an earlier story had other people, play this one as that was, or on another DATA_DIR.';
  throw new Failure('business-rule', `${outcome.refused} ${advice}`);
}

const tellPackage = ({ rows, k, block }: Package): string =>
  `${rows.length} rows, at least ${k} alike, anchored in block ${block}, verified offline`;

const toldRelease = ({ release, folder, k, registry, rows }: Package): ToldRelease => ({
  ...{ release, folder, k, registry, rows: rows.length },
});

/** A cohort of which the registry must let nothing out: it would cut through most classes of the first one. */
async function overlapping(cast: ResearchCast, { id, investigator }: Study): Promise<string> {
  const outcome = await made(cast, await ask(cast, id, 40), [investigator]);
  if ('release' in outcome)
    throw new Failure('exception', 'A release was made that tells of few people beside an earlier one.');
  if (outcome.refused.includes('too-much-withheld')) return outcome.refused;
  throw new Failure('exception', `The build ended otherwise than by the registry: ${outcome.refused}`);
}

/** Three of one class: everybody else of it has to be left out with them, which may be 5 % of all. */
function whoWithdraw({ rows }: Package, participants: readonly Participant[]): Participant[] {
  const inside = participants.filter(({ affected }) => affected);
  const three = threeOfOneClass(certainOf(rows, inside), Math.floor(0.05 * (rows.length - 3)));
  return three ?? inside.filter(({ login }) => login).slice(0, 3);
}

function tellWithdrawal(three: readonly Participant[]): string {
  const logins = three.filter(({ login }) => login).length;
  const how = [logins && `${logins} by login`, logins < three.length && `${three.length - logins} on paper`];
  return `Three people withdraw, ${how.filter(Boolean).join(' and ')}: from that answer on nobody downloads the release`;
}

/** The recipient does as the notice says, whose signature is verified. */
async function recalled({ researcher, server }: ResearchCast, { release, folder }: Package): Promise<ToldRecall> {
  const about = { server, quiet: true };
  await recallActions.recall!(researcher, { release }, about);
  const { recalls } = bodyWith(await researcher.call('/research/recalls'), 'recalls');
  const { deadline } = recalls.find((each: { release: string }) => each.release === release);
  await rm(folder, { recursive: true });
  const text = 'The package and everything derived from it is deleted.';
  const { result } = await recallActions.attest!(researcher, { release, text }, about);
  return { deadline, attestation: (result as ToldRecall).attestation };
}

/** What somebody who withdrew reads in their own log; where none of them can log in, somebody who stayed. */
async function trailOf(
  { server }: ResearchCast,
  study: string,
  three: readonly Participant[],
  participants: readonly Participant[],
  [first, second]: [string, string],
  tell: Say,
  say: Say,
): Promise<number> {
  const gone = three.find(({ login }) => login);
  const { login } = gone ?? participants.find((each) => each.login && each.affected)!;
  const who = gone ? 'withdrew' : 'stayed';
  tell(`${login!.user}, who ${who}, reads what the access log says of the study, newest first:`);
  const expected = gone ? { included: [first], recalled: [first] } : { included: [first, second], recalled: [] };
  const entries = await provenTrail(server, login!, { study, ...expected }, say);
  tell(`${entries} entries are proven: each is in the signed log, checked without the server's help`);
  return entries;
}
