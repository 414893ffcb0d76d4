import { writeFile } from 'node:fs/promises';
import { actingClient, actingOption, bodyWith } from '../client.ts';
import type { Command } from '../command.ts';

const command: Command = {
  name: 'proof',
  summary: 'Fetches the proof of one audit event; "verify" checks it offline.',
  usage: 'proof <audit event id> --as <user> [--output proof.json]',
  takes: 'the id of an audit event, as "trail" prints it in brackets',
  options: { ...actingOption, output: { type: 'string', short: 'o', doc: 'file to write (default: print it)' } },
  async run({ argument, values, out, ...invocation }) {
    const client = await actingClient({ values, ...invocation });
    const answer = await client.call(`/fhir/AuditEvent/${encodeURIComponent(argument)}/$proof`);
    const proof = JSON.stringify(bodyWith(answer, 'format'), undefined, 2);
    if (!values.output) out(proof);
    else {
      await writeFile(String(values.output), `${proof}\n`);
      out(`${values.output}: check it with "npm run -s cli -- verify ${values.output}"`);
    }
    return 0;
  },
};
export default command;
