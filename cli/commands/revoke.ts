import { actingClient, actingOption, bodyWith } from '../client.ts';
import type { Command } from '../command.ts';
import { preview } from '../preview.ts';

const command: Command = {
  name: 'revoke',
  summary: 'Revokes a consent: from the answer on, nobody reads by it.',
  usage: 'revoke <consent id> --as <patient> [--reason "..."]',
  takes: 'the id of a consent, as "grant" printed it',
  options: {
    ...actingOption,
    reason: { type: 'string', doc: 'why, in your words' },
    preview: { type: 'boolean', doc: 'say who could see what then, and change nothing' },
  },
  async run({ argument, values, json, out, ...invocation }) {
    const client = await actingClient({ values, ...invocation });
    if (values.preview) {
      await preview(client, { revoke: argument }, out, json);
      return 0;
    }
    const body = { reason: values.reason };
    const path = `/consent/grants/${encodeURIComponent(argument)}/revoke`;
    const receipt = bodyWith(await client.call(path, { method: 'POST', body }), 'consent', 'event');
    out(json ? JSON.stringify(receipt) : `Consent ${receipt.consent} is revoked (event ${receipt.event})`);
    return 0;
  },
};
export default command;
