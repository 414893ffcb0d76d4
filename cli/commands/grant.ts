import { actingClient, actingOption, bodyWith } from '../client.ts';
import { type Command, Misuse, type Values } from '../command.ts';
import { preview } from '../preview.ts';

const command: Command = {
  name: 'grant',
  summary: 'A patient lets an organisation, a person, a care team or a role read records; --deny forbids instead.',
  usage: 'grant --as <patient> --organization <id> [--purpose TREAT,...] [--until 2027-01-31] [--type Observation,...]',
  options: {
    ...actingOption,
    patient: { type: 'string', doc: 'for whom, where you act by a mandate (default: yourself)' },
    organization: { type: 'string', doc: 'organisation that may read' },
    practitioner: { type: 'string', doc: 'person that may read' },
    'care-team': { type: 'string', doc: 'care team that may read' },
    role: { type: 'string', doc: 'role that may read' },
    purpose: { type: 'string', doc: 'purposes of use, separated by commas (default TREAT)' },
    until: { type: 'string', doc: 'day or instant when it ends (default: open)' },
    type: { type: 'string', doc: 'only these resource types, separated by commas' },
    label: { type: 'string', doc: 'labels beyond normal confidentiality that are included, e.g. R,PSY' },
    deny: { type: 'boolean', doc: 'forbid instead of permit' },
    preview: { type: 'boolean', doc: 'say who could see what then, and change nothing' },
  },
  async run({ values, json, out, ...invocation }) {
    const body = choices(values);
    const client = await actingClient({ values, ...invocation });
    if (values.preview) {
      const { patient, ...grant } = body;
      await preview(client, { patient, grant }, out, json);
      return 0;
    }
    const answer = await client.call('/consent/grants', { method: 'POST', body });
    const receipt = bodyWith(answer, 'consent', 'event');
    out(json ? JSON.stringify(receipt) : `Consent ${receipt.consent}, in force from now (event ${receipt.event})`);
    return 0;
  },
};
export default command;

const list = (value: unknown) => (value ? String(value).split(',') : undefined);

/** The options as POST /consent/grants takes them. Throws Misuse without a grantee. */
function choices(values: Values) {
  const { patient, organization, practitioner, role, until, deny } = values;
  const grantee = { organization, practitioner, care_team: values['care-team'], role };
  if (!Object.values(grantee).some(Boolean)) {
    throw new Misuse('Say to whom: --organization, --practitioner, --care-team or --role.');
  }
  return {
    patient,
    grantee,
    purposes: list(values.purpose),
    until,
    resource_types: list(values.type),
    labels: list(values.label),
    deny,
  };
}
