import { writeFile } from 'node:fs/promises';
import { Failure } from '../../kernel/errors.ts';
import { actingClient, actingOption } from '../client.ts';
import type { Command } from '../command.ts';

const command: Command = {
  name: 'proof',
  summary: 'Fetches the proof of one audit event; "verify" checks it offline.',
  usage: 'proof <audit event id> --as <user> [--output proof.json]',
  options: { ...actingOption, output: { type: 'string', short: 'o', doc: 'file to write (default: print it)' } },
  async run({ args, values, out, ...invocation }) {
    const [id] = args;
    if (!id) throw new Failure('required', 'Say which event: its id, as "trail" prints it in brackets.');
    const client = await actingClient({ values, ...invocation });
    const { body } = await client.call(`/fhir/AuditEvent/${encodeURIComponent(id)}/$proof`);
    const proof = JSON.stringify(body, undefined, 2);
    if (!values.output) out(proof);
    else {
      await writeFile(String(values.output), `${proof}\n`);
      out(`${values.output}: check it with "npm run -s cli -- verify ${values.output}"`);
    }
    return 0;
  },
};
export default command;
