import type { ParametersParameter } from '@medplum/fhirtypes';
import { actingClient, actingOption, bodyWith, type Client } from '../client.ts';
import { type Command, Misuse } from '../command.ts';

const command: Command = {
  name: 'break-glass',
  summary: 'Declares emergency access to one patient: bounded in time, told to the patient, reviewed afterwards.',
  usage: 'break-glass <patient id> --as <clinician> --reason "..."',
  takes: 'the Patient id',
  options: {
    ...actingOption,
    reason: { type: 'string', doc: 'the emergency, in your words' },
    code: { type: 'string', doc: 'reason code, v3 ActReason (default ETREAT)' },
  },
  async run({ argument: patient, values, json, out, ...invocation }) {
    if (!values.reason) throw new Misuse('Say why: --reason "...".');
    const client = await actingClient({ values, ...invocation });
    const declared = await breakGlass(client, patient, String(values.reason), String(values.code ?? 'ETREAT'));
    out(json ? JSON.stringify(declared) : `Break-glass ${declared.id} until ${declared.expires}`);
    return 0;
  },
};
export default command;

/** Declares break-glass through Patient/$break-glass. */
export async function breakGlass(client: Client, patient: string, text: string, code: string) {
  const coding = { system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code };
  const answer = await client.call(`/fhir/Patient/${encodeURIComponent(patient)}/$break-glass`, {
    method: 'POST',
    body: {
      resourceType: 'Parameters',
      parameter: [{ name: 'reason', valueCodeableConcept: { coding: [coding], text } }],
    },
  });
  const parameters: ParametersParameter[] = bodyWith(answer, 'parameter').parameter;
  const parameter = (name: string) => parameters.find((each) => each.name === name);
  return { id: parameter('id')?.valueString ?? '', expires: parameter('expires')?.valueDateTime ?? '' };
}
