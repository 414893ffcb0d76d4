import { writeFile } from 'node:fs/promises';
import { actingClient, actingOption, bodyWith, type Client } from '../client.ts';
import { type Command, countOf, Misuse, type Values } from '../command.ts';
import { handOver, verified } from '../sharingStory.ts';

const command: Command = {
  name: 'agreement',
  summary: 'Sharing between organisations: propose, accept, receive, end, attest, show, list.',
  usage: 'agreement <propose|accept|receive|end|attest|show|list> --as <user> [--id <agreement>]',
  takes: 'propose, accept, receive, end, attest, show or list',
  options: {
    ...actingOption,
    id: { type: 'string', doc: 'the agreement' },
    patient: { type: 'string', doc: 'propose: whose data; list: whose agreements (default: your own)' },
    custodian: { type: 'string', doc: 'propose: the organisation that holds the data' },
    type: { type: 'string', doc: 'propose: resource types, separated by commas' },
    purpose: { type: 'string', doc: 'propose: purpose of use (default TREAT)' },
    days: { type: 'string', doc: 'propose: how long from now (default 10)' },
    transfers: { type: 'string', doc: 'propose: transfers a day at most (default 1)' },
    out: { type: 'string', doc: 'receive: file for the Bundle' },
    text: { type: 'string', doc: 'attest: what was deleted, and how' },
    late: { type: 'boolean', doc: 'list: only those whose deletion is overdue' },
  },
  async run({ argument, values, json, out, ...invocation }) {
    const act = Object.hasOwn(actions, argument) ? actions[argument] : undefined;
    if (!act) throw new Misuse(`"${argument}" is none of ${Object.keys(actions).join(', ')}.`);
    const client = await actingClient({ values, ...invocation });
    const result = await act(client, values);
    if (json) out(JSON.stringify(result));
    else for (const line of [result].flat().map(describe)) out(line);
    return 0;
  },
};
export default command;

interface Agreement {
  id: string;
  patient: string;
  requester: string;
  custodian: string;
  status: string;
  terms: { data_classes: string[]; until: string };
  transfers: unknown[];
  end_reason?: string;
  erase_by?: string;
  deletion_attested_at?: string;
  late: boolean;
}
interface Received {
  sha256: string;
  resources: number;
}

type Action = (client: Client, values: Values) => Promise<Agreement | Agreement[] | Received>;

const url = '/consent/agreements';
const post = (client: Client, path: string, body?: object): Promise<Agreement> =>
  client.call(path, { method: 'POST', ...(body && { body }) }).then((answer) => bodyWith(answer, 'id', 'status'));

const actions: Record<string, Action> = {
  propose: (client, values) => post(client, url, proposal(values)),
  accept: (client, values) => post(client, `${url}/${idOf(values)}/accept`),
  end: (client, values) => post(client, `${url}/${idOf(values)}/end`),
  attest: (client, values) => post(client, `${url}/${idOf(values)}/attest`, { text: given(values, 'text') }),
  show: async (client, values) => bodyWith(await client.call(`${url}/${idOf(values)}`), 'id', 'status'),
  async list(client, { patient, late }) {
    const query = new URLSearchParams({ ...(patient && { patient: String(patient) }), ...(late && { late: 'true' }) });
    return bodyWith(await client.call(`${url}?${query}`), 'agreements').agreements;
  },
  async receive(client, values) {
    const { patient } = bodyWith(await client.call(`${url}/${idOf(values)}`), 'patient');
    const answer = await handOver(client, patient, idOf(values));
    const { body, sha256 } = verified(answer);
    if (values.out) await writeFile(String(values.out), answer.text);
    return { sha256, resources: body.entry?.length ?? 0 };
  },
};

function proposal(values: Values): object {
  const until = new Date(Date.now() + countOf(values, 'days', 10) * 24 * 3600_000).toISOString();
  return {
    patient: given(values, 'patient'),
    custodian: given(values, 'custodian'),
    data_classes: given(values, 'type').split(','),
    purpose_of_use: values.purpose,
    until,
    frequency: { transfers: countOf(values, 'transfers', 1), hours: 24 },
  };
}

const idOf = (values: Values): string => encodeURIComponent(given(values, 'id'));

function given(values: Values, name: string): string {
  if (values[name]) return String(values[name]);
  throw new Misuse(`Say which: --${name}.`);
}

function describe(result: Agreement | Received): string {
  if ('sha256' in result) return `${result.resources} resources received, SHA-256 ${result.sha256}`;
  const { id, requester, custodian, terms, status, transfers, end_reason, erase_by, deletion_attested_at } = result;
  const deletion = deletion_attested_at
    ? `, deletion attested ${deletion_attested_at}`
    : erase_by
      ? `, to be deleted by ${erase_by}${result.late ? ': LATE' : ''}`
      : '';
  const state = end_reason ? `${status} (${end_reason})` : status;
  const what = `${terms.data_classes.join(', ')} until ${terms.until}`;
  return `${id}  ${requester} from ${custodian}: ${what}; ${state}, ${transfers.length} transfers${deletion}`;
}
