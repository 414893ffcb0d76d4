import type { Coding, Parameters } from '@medplum/fhirtypes';
import { isConfidentialityLevel } from '../../contracts/rules/labels.ts';
import { actCode, confidentiality } from '../../contracts/rules/vocabulary.ts';
import { actingClient, actingOption, bodyWith } from '../client.ts';
import { type Command, Misuse } from '../command.ts';

const command: Command = {
  name: 'label',
  summary: 'Adds security labels to a resource, or takes them back, as its author or as a privacy officer.',
  usage: 'label <Type/id> --as <demo user> --add HIV,PSY | --remove HIV',
  takes: 'a resource, as in Observation/1',
  options: {
    ...actingOption,
    add: { type: 'string', doc: 'codes of v3 Confidentiality or v3 sensitivity, with commas between them' },
    remove: { type: 'string', doc: 'the same, to take back what was added before' },
  },
  async run({ argument, values, json, out, ...invocation }) {
    if (!/^[A-Z][A-Za-z]+\/[A-Za-z0-9.-]{1,64}$/.test(argument)) throw new Misuse(`"${argument}" is no Type/id.`);
    if (Boolean(values.add) === Boolean(values.remove)) throw new Misuse('Say either --add or --remove, with labels.');
    const client = await actingClient({ values, ...invocation });
    const security = String(values.add ?? values.remove)
      .split(',')
      .map(label);
    const body: Parameters = { resourceType: 'Parameters', parameter: [{ name: 'meta', valueMeta: { security } }] };
    const operation = values.add ? '$meta-add' : '$meta-delete';
    const answer = await client.call(`/fhir/${argument}/${operation}`, { method: 'POST', body });
    const { valueMeta: meta } = (bodyWith(answer, 'parameter') as Parameters).parameter![0]!;
    const given = meta?.security?.map(({ code }) => code).join(', ') || 'no labels';
    if (json) out(JSON.stringify(meta));
    else out(`${argument} is at version ${meta?.versionId}, with ${given} of yours.`);
    return 0;
  },
};
export default command;

const label = (code: string): Coding => ({ system: isConfidentialityLevel(code) ? confidentiality : actCode, code });
