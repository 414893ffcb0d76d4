import { actingClient, actingOption, bodyWith } from '../client.ts';
import type { Command } from '../command.ts';
import { preview, showPermitted } from '../preview.ts';

const command: Command = {
  name: 'revoke-all',
  summary: 'Revokes at once every consent that permits anything; what you forbade stays forbidden.',
  usage: 'revoke-all --as <patient> [--reason "..."] [--preview]',
  options: {
    ...actingOption,
    patient: { type: 'string', doc: 'for whom, where you act by a mandate (default: yourself)' },
    reason: { type: 'string', doc: 'why, in your words' },
    preview: { type: 'boolean', doc: 'say who could see what then, and change nothing' },
  },
  async run({ values: { patient, reason, ...values }, json, out, ...invocation }) {
    const client = await actingClient({ values, ...invocation });
    if (values.preview) {
      await preview(client, { patient, revoke_all: true }, out, json);
      return 0;
    }
    const answer = await client.call('/consent/revoke-all', { method: 'POST', body: { patient, reason } });
    const done = bodyWith(answer, 'revoked', 'still');
    if (json) out(JSON.stringify(done));
    else {
      for (const { consent, event } of done.revoked) out(`Consent ${consent} is revoked (event ${event})`);
      out(done.revoked.length === 0 ? 'There was no consent to revoke. Now:' : 'Now:');
      showPermitted(done.still, out);
    }
    return 0;
  },
};
export default command;
