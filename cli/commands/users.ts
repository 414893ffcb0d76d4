import { demoUsers } from '../client.ts';
import type { Command } from '../command.ts';

const command: Command = {
  name: 'users',
  summary: 'Lists the demo world: user, role, organisation, patient id.',
  usage: 'users',
  options: {},
  async run({ server, json, out }) {
    const users = await demoUsers(server);
    if (json) out(JSON.stringify(users.map(({ password: _, ...user }) => user)));
    else for (const { user, role, organization, patient } of users) out(row([user, role, organization, patient]));
    return 0;
  },
};
export default command;

const widths = [22, 16, 12, 0];
const row = (cells: (string | undefined)[]) =>
  cells.map((cell, index) => (cell ?? '-').padEnd(widths[index]!)).join(' ');
