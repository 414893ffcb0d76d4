import type { AuditEvent, Bundle } from '@medplum/fhirtypes';
import { actingClient, actingOption, bodyWith, type Client } from '../client.ts';
import { type Command, countOf } from '../command.ts';

const command: Command = {
  name: 'trail',
  summary: 'Who did what with a patient’s records: by default with your own.',
  usage: 'trail --as <user> [--patient <id>] [--count 20]',
  options: {
    ...actingOption,
    patient: { type: 'string', doc: 'whose records (default: your own, or all of your organisation)' },
    count: { type: 'string', doc: 'how many events, newest first (default 20)' },
  },
  async run({ values, json, out, ...invocation }) {
    const count = countOf(values, 'count', 20);
    const client = await actingClient({ values, ...invocation });
    const events = await trail(client, { patient: values.patient as string | undefined, count });
    if (json) out(JSON.stringify(events));
    else for (const event of events) out(describe(event));
    return 0;
  },
};
export default command;

/** The newest events that the client's user may read, newest first. */
export async function trail(client: Client, asked: { patient?: string; count: number }): Promise<AuditEvent[]> {
  const query = new URLSearchParams({ _count: String(asked.count), ...(asked.patient && { patient: asked.patient }) });
  const events: AuditEvent[] = [];
  let path: string | undefined = `/fhir/AuditEvent?${query}`;
  while (path && events.length < asked.count) {
    const bundle: Bundle = bodyWith(await client.call(path), 'resourceType');
    events.push(...(bundle.entry ?? []).map((entry) => entry.resource as AuditEvent));
    path = bundle.entry?.length ? nextPage(bundle) : undefined;
  }
  return events.slice(0, asked.count);
}

/** The path of the next page: the platform names itself by its public address, which need not be the one it has here. */
function nextPage({ link }: Bundle): string | undefined {
  const next = link?.find(({ relation }) => relation === 'next')?.url;
  if (!next || !URL.canParse(next)) return undefined;
  const { pathname, search } = new URL(next);
  return pathname + search;
}

/** One event as one line: when, what, who, whether it was let. */
export function describe(event: AuditEvent): string {
  const what = event.subtype?.[0]?.display ?? event.subtype?.[0]?.code ?? event.type.display ?? event.type.code;
  const who = event.agent.find((agent) => agent.requestor) ?? event.agent[0];
  const name = who?.who?.display ?? who?.who?.reference ?? who?.who?.identifier?.value ?? '?';
  const entities = [...new Set(event.entity?.map((entity) => entity.what?.reference))].filter(Boolean);
  const outcome = event.outcome === '0' ? '' : '  REFUSED';
  return `${event.recorded}  ${what}  ${name}  ${entities.slice(0, 3).join(' ')}${outcome}  [${event.id}]`;
}
