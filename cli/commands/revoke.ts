import { Failure } from '../../kernel/errors.ts';
import { actingClient, actingOption } from '../client.ts';
import type { Command } from '../command.ts';

const command: Command = {
  name: 'revoke',
  summary: 'Revokes a consent: from the answer on, nobody reads by it.',
  usage: 'revoke <consent id> --as <patient> [--reason "..."]',
  options: { ...actingOption, reason: { type: 'string', doc: 'why, in your words' } },
  async run({ args, values, json, out, ...invocation }) {
    const [consent] = args;
    if (!consent) throw new Failure('required', 'Say which consent: its id, as "grant" printed it.');
    const client = await actingClient({ values, ...invocation });
    const body = { reason: values.reason };
    const path = `/consent/grants/${encodeURIComponent(consent)}/revoke`;
    const { body: receipt } = await client.call(path, { method: 'POST', body });
    out(json ? JSON.stringify(receipt) : `Consent ${receipt.consent} is revoked (event ${receipt.event})`);
    return 0;
  },
};
export default command;
