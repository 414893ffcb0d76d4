import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bundle } from '@medplum/fhirtypes';
import { Failure } from '../../kernel/errors.ts';
import { type DemoUser, demoUsers, userClient } from '../client.ts';
import { type Command, Misuse, type Values } from '../command.ts';
import { researchStory } from '../researchStory.ts';
import { bundlePeople, clinicPeople, demoPeople } from '../researchStoryPeople.ts';
import { sharingStory } from '../sharingStory.ts';
import { story } from '../story.ts';

const command: Command = {
  name: 'story',
  summary: 'Plays the use cases in the demo world: file, refuse, grant, read, revoke, refuse, break-glass, verify.',
  usage: 'story [care|sharing|research] [--patient <demo user>] [--bundles <folder>] [--out <folder>]',
  mayTake: 'which story: care (default), sharing between two hospitals, or research',
  options: {
    patient: { type: 'string', doc: 'the demo patient it happens to (default: the first without a consent in force)' },
    bundles: { type: 'string', doc: 'research: a folder of FHIR bundles of patients who are to be asked too' },
    out: { type: 'string', doc: 'research: folder for the packages (default: a new temporary one)' },
  },
  async run({ argument, server, values, json, out }) {
    if (!['', 'care', 'sharing', 'research'].includes(argument))
      throw new Misuse(`There is no story "${argument}": care, sharing, research.`);
    const users = await demoUsers(server);
    const say = json ? () => {} : out;
    if (argument === 'research') {
      const result = await playResearch({ server, users, values, quiet: json }, say);
      if (json) out(JSON.stringify(result));
      return 0;
    }
    const person = (login: string) => find(users, ({ user }) => user === login);
    const patient = values.patient ? person(String(values.patient)) : await undecided(server, users);
    const reader = person('dr.chen');
    const author = person('dr.adler');
    const cast = {
      server,
      author: { ...userClient(server, author), organization: author.organization! },
      reader: { ...userClient(server, reader), organization: reader.organization! },
      emergency: userClient(server, person('dr.evans')),
      patient: { ...userClient(server, patient), patient: patient.patient! },
    };
    const result = await (argument === 'sharing' ? sharingStory(cast, say) : story(cast, say));
    if (json) out(JSON.stringify(result));
    return 0;
  },
};
export default command;

async function playResearch(
  { server, users, values, quiet }: { server: string; users: DemoUser[]; values: Values; quiet: boolean },
  say: (line: string) => void,
) {
  const { bundles, out } = values;
  const client = (login: string) => {
    const user = find(users, (each) => each.user === login);
    return { ...userClient(server, user), organization: user.organization!, name: user.name };
  };
  say('The hospitals file the records of their patients; what is there already stays as it is');
  const people = [
    ...demoPeople(server, users),
    ...(await clinicPeople(server, users)),
    ...(bundles ? await bundlePeople(client('dr.adler'), String(bundles)) : []),
  ];
  const cast = {
    ...{ server, quiet, people, folder: out ? String(out) : await mkdtemp(join(tmpdir(), 'healthchain-research-')) },
    researcher: client('research.hale'),
    steward: client('privacy.gray'),
    outsider: client('dr.chen'),
  };
  return researchStory(cast, say);
}

function find(users: DemoUser[], wanted: (user: DemoUser) => boolean): DemoUser {
  return users.find(wanted) ?? lacking();
}

/** The first patient who has not let anybody read yet: the story begins with a refusal. */
async function undecided(server: string, users: DemoUser[]): Promise<DemoUser> {
  for (const user of users.filter(({ role }) => role === 'patient')) {
    const { body } = await userClient(server, user).call('/fhir/Consent?status=active&_count=1');
    if ((body as Bundle).total === 0) return user;
  }
  return lacking();
}

function lacking(): never {
  throw new Failure('not-found', 'The demo world lacks a user that the story needs; the command "users" lists them.');
}
