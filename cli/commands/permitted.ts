import { actingClient, actingOption, bodyWith } from '../client.ts';
import type { Command } from '../command.ts';
import { showPermitted } from '../preview.ts';

const command: Command = {
  name: 'permitted',
  summary: 'Lists who could see what of a patient’s records, now.',
  usage: 'permitted --as <patient>',
  options: {
    ...actingOption,
    patient: { type: 'string', doc: 'whose records, where you act by a mandate (default: yours)' },
  },
  async run({ values, json, out, ...invocation }) {
    const client = await actingClient({ values, ...invocation });
    const query = values.patient ? `?${new URLSearchParams({ patient: String(values.patient) })}` : '';
    const found = bodyWith(await client.call(`/consent/permitted${query}`), 'permitted', 'in_emergency');
    if (json) out(JSON.stringify(found));
    else showPermitted(found, out);
    return 0;
  },
};
export default command;
