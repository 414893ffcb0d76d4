import { demoUser } from '../client.ts';
import { type Command, Misuse } from '../command.ts';
import { login } from '../oidc.ts';

const command: Command = {
  name: 'token',
  summary: 'Prints an access token of a demo user, for trying the API by hand.',
  usage: 'token --as <demo user> [--purpose CODE] [--scope "..."]',
  options: {
    as: { type: 'string', doc: 'demo user ("users" lists them)' },
    purpose: { type: 'string', doc: 'purpose of use, a v3 PurposeOfUse code (default: by role)' },
    scope: { type: 'string', doc: 'SMART v2 scopes (default: all that the role may have)' },
  },
  async run({ server, values, json, out }) {
    if (!values.as) throw new Misuse('Say for whom: --as <demo user>; the command "users" lists them.');
    const { user, password } = await demoUser(server, String(values.as));
    const { purpose, scope } = values as Record<string, string | undefined>;
    const session = await login({ server, user, password, ...(purpose && { purpose }), ...(scope && { scope }) });
    out(json ? JSON.stringify(session) : session.accessToken);
    return 0;
  },
};
export default command;
