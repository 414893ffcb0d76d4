import { actingClient, actingOption, bodyWith, type Client } from '../client.ts';
import type { Command, Values } from '../command.ts';
import { preview } from '../preview.ts';

const command: Command = {
  name: 'template',
  summary: 'Grants by a template; without a name, lists them: grants that people make most.',
  usage: 'template [name] --as <patient> [--organization <id>] [--until 2027-01-31] [--preview]',
  mayTake: 'the name of a template',
  options: {
    ...actingOption,
    patient: { type: 'string', doc: 'for whom, where you act by a mandate (default: yourself)' },
    organization: { type: 'string', doc: 'organisation that may read' },
    'care-team': { type: 'string', doc: 'care team that may read' },
    condition: { type: 'string', doc: 'what the care team treats, in your words' },
    study: { type: 'string', doc: 'the study, in words, or its purpose of use as system|code' },
    until: { type: 'string', doc: 'day or instant when it ends' },
    labels: { type: 'string', doc: 'labels beyond normal confidentiality that are included, e.g. R,PSY' },
    emergencies: { type: 'string', doc: 'of stop-all: open, or closed even in a declared emergency (default open)' },
    preview: { type: 'boolean', doc: 'say who could see what then, and change nothing' },
  },
  async run({ argument: name, values, json, out, ...invocation }) {
    const client = await actingClient({ values, ...invocation });
    if (!name) return listed(client, out, json);
    const { patient, ...fields } = filled(values);
    if (values.preview) {
      await preview(client, { patient, template: { name, ...fields } }, out, json);
      return 0;
    }
    const path = `/consent/templates/${encodeURIComponent(name)}`;
    const answer = await client.call(path, { method: 'POST', body: { patient, ...fields } });
    const receipt = bodyWith(answer, 'consent', 'event');
    out(json ? JSON.stringify(receipt) : `Consent ${receipt.consent}, in force from now (event ${receipt.event})`);
    return 0;
  },
};
export default command;

async function listed(client: Client, out: (line: string) => void, json: boolean): Promise<number> {
  const { templates } = bodyWith(await client.call('/consent/templates'), 'templates');
  if (json) out(JSON.stringify(templates));
  else
    for (const { name, title, explanation, required, optional } of templates)
      out(`${name}: ${title}\n  ${explanation}\n  needs: ${options(required)}; may have: ${options(optional)}`);
  return 0;
}

const options = (names: string[]) => names.map((name) => `--${name.replaceAll('_', '-')}`).join(' ') || 'nothing';

function filled({ patient, organization, condition, study, until, emergencies, ...values }: Values) {
  const labels = values.labels ? String(values.labels).split(',') : undefined;
  return { patient, organization, care_team: values['care-team'], condition, study, until, labels, emergencies };
}
