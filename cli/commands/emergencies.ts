import { actingClient, actingOption, bodyWith } from '../client.ts';
import type { Command } from '../command.ts';

const command: Command = {
  name: 'emergencies',
  summary: 'How break-glass is used, by organisation and clinician: for privacy officers and administrators.',
  usage: 'emergencies --as <privacy officer> [--from 2027-01-01] [--until 2027-12-31]',
  options: {
    ...actingOption,
    from: { type: 'string', doc: 'declared from this day or instant on (default: ever)' },
    until: { type: 'string', doc: 'declared up to this day or instant' },
  },
  async run({ values, json, out, ...invocation }) {
    const client = await actingClient({ values, ...invocation });
    const asked = Object.entries(values).filter(([name, value]) => ['from', 'until'].includes(name) && value);
    const query = new URLSearchParams(asked as [string, string][]);
    const { organizations } = bodyWith(await client.call(`/consent/break-glass/report?${query}`), 'organizations');
    if (json) out(JSON.stringify(organizations));
    else
      for (const { organization, clinicians, suspended, ...tally } of organizations) {
        out(`${organization}: ${counts(tally)}`);
        for (const { clinician, name, ...own } of clinicians)
          out(`  ${name ?? clinician}: ${counts(own)}${suspended.includes(clinician) ? ', suspended' : ''}`);
      }
    return 0;
  },
};
export default command;

const counts = (tally: Record<string, number>): string =>
  Object.entries(tally)
    .map(([name, count]) => `${count} ${name.replaceAll('_', ' ')}`)
    .join(', ');
