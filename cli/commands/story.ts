import type { Bundle } from '@medplum/fhirtypes';
import { Failure } from '../../kernel/errors.ts';
import { type DemoUser, demoUsers, userClient } from '../client.ts';
import type { Command } from '../command.ts';
import { Misuse } from '../command.ts';
import { sharingStory } from '../sharingStory.ts';
import { story } from '../story.ts';

const command: Command = {
  name: 'story',
  summary: 'Plays the use cases in the demo world: file, refuse, grant, read, revoke, refuse, break-glass, verify.',
  usage: 'story [care|sharing] [--patient <demo user>]',
  mayTake: 'which story: care (default), or sharing between two hospitals',
  options: {
    patient: { type: 'string', doc: 'the demo patient it happens to (default: the first without a consent in force)' },
  },
  async run({ argument, server, values, json, out }) {
    if (!['', 'care', 'sharing'].includes(argument))
      throw new Misuse(`There is no story "${argument}": care, sharing.`);
    const users = await demoUsers(server);
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
    const say = json ? () => {} : out;
    const result = await (argument === 'sharing' ? sharingStory(cast, say) : story(cast, say));
    if (json) out(JSON.stringify(result));
    return 0;
  },
};
export default command;

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
