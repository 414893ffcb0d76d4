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
  options: { patient: { type: 'string', doc: 'the demo patient it happens to (default: the first)' } },
  async run({ argument, server, values, json, out }) {
    if (!['', 'care', 'sharing'].includes(argument))
      throw new Misuse(`There is no story "${argument}": care, sharing.`);
    const users = await demoUsers(server);
    const patient = find(users, (user) => (values.patient ? user.user === values.patient : user.role === 'patient'));
    const clinician = (login: string) => find(users, (user) => user.user === login);
    const reader = clinician('dr.chen');
    const author = clinician('dr.adler');
    const cast = {
      server,
      author: { ...userClient(server, author), organization: author.organization! },
      reader: { ...userClient(server, reader), organization: reader.organization! },
      emergency: userClient(server, clinician('dr.evans')),
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
  const found = users.find(wanted);
  if (found) return found;
  throw new Failure('not-found', 'The demo world lacks a user that the story needs; the command "users" lists them.');
}
