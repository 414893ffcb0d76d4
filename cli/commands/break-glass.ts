import { Failure } from '../../kernel/errors.ts';
import { actingClient, actingOption, type Client } from '../client.ts';
import type { Command } from '../command.ts';

const command: Command = {
  name: 'break-glass',
  summary: 'Declares emergency access to one patient: bounded in time, told to the patient, reviewed afterwards.',
  usage: 'break-glass <patient id> --as <clinician> --reason "..."',
  options: {
    ...actingOption,
    reason: { type: 'string', doc: 'the emergency, in your words' },
    code: { type: 'string', doc: 'reason code, v3 ActReason (default ETREAT)' },
  },
  async run({ args, values, json, out, ...invocation }) {
    const [patient] = args;
    if (!patient) throw new Failure('required', 'Say for which patient: the Patient id.');
    if (!values.reason) throw new Failure('required', 'Say why: --reason "...".');
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
  const { body } = await client.call(`/fhir/Patient/${encodeURIComponent(patient)}/$break-glass`, {
    method: 'POST',
    body: {
      resourceType: 'Parameters',
      parameter: [{ name: 'reason', valueCodeableConcept: { coding: [coding], text } }],
    },
  });
  const parameter = (name: string) => body.parameter?.find((each: { name: string }) => each.name === name);
  return { id: parameter('id')?.valueString as string, expires: parameter('expires')?.valueDateTime as string };
}
