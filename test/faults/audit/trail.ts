import { fromBinary } from '@bufbuild/protobuf';
import type { ServiceName } from '../../../kernel/bus/port.ts';
import type { Publication } from '../../../kernel/bus/relay.ts';
import type { Recorded } from '../../../kernel/eventstore/sealed.ts';
import { AuditDetailSchema } from '../../../proto/gen/healthchain/event/v1/event_pb.ts';
import { publish as audit } from '../../../services/audit/app/publish.ts';
import type { LogEvent, SequencedEntry } from '../../../services/audit/domain/event.ts';
import { publish as consent } from '../../../services/consent/app/publish.ts';
import { publish as identity } from '../../../services/identity/app/publish.ts';
import { publish as records } from '../../../services/records/app/publish.ts';
import { publish as research } from '../../../services/research/app/publish.ts';
import type { Audited, Memory } from './audit.ts';

type Publish = (recorded: Recorded<never>) => Publication | undefined;
const publishing: Record<ServiceName, Publish> = { identity, consent, records, audit, research };

/** Reads what has come into the log since the last audit. One event at two places is wrong. */
export async function eventsAreOnce({ stores, memory }: Audited): Promise<string[]> {
  const wrong: string[] = [];
  const entries = (stream: string) => stream.startsWith('entries/');
  for await (const { event, position } of stores.of('audit').events<LogEvent>(memory.audit, entries)) {
    memory.audit = position;
    if (event.type !== 'EntriesSequenced') continue;
    for (const entry of event.entries) if (!taken(memory, entry)) wrong.push(`event ${entry.id} has two entries`);
  }
  return wrong;
}

/** An entry about several patients is kept with each: always at the same place. */
function taken({ entries, requests }: Memory, { id, batch, at, detail }: SequencedEntry): boolean {
  const place = `${batch}/${at}`;
  const before = entries.get(id);
  entries.set(id, place);
  requests.add(fromBinary(AuditDetailSchema, Buffer.from(detail, 'base64')).requestId);
  return before === undefined || before === place;
}

/** Every answered read, and every change of consent that was acknowledged, is in the log. */
export async function answersAreLogged({ journal, memory }: Audited): Promise<string[]> {
  const missing = [...journal.answered].filter(([request]) => !memory.requests.has(request));
  return [
    ...missing.map(([request, asked]) => `read ${request} of ${asked}`),
    ...journal.receipts.filter((event) => !memory.entries.has(event)).map((event) => `change of consent ${event}`),
  ];
}

/** What services have said publicly is what is in the log: nothing is missing, nothing is there that nobody said. */
export async function logIsComplete({ stores, memory }: Audited): Promise<string[]> {
  const wrong: string[] = [];
  for (const { name, events } of stores.all) {
    const wanted = (stream: string) => name !== 'audit' || stream.startsWith('read/');
    for await (const recorded of events<never>(memory.published.get(name) ?? 0, wanted)) {
      memory.published.set(name, recorded.position);
      if (!publishing[name](recorded)) continue;
      memory.said += 1;
      if (!memory.entries.has(recorded.id)) wrong.push(`event ${recorded.id} of ${name} is not in the log`);
    }
  }
  if (memory.said !== memory.entries.size)
    wrong.push(`${memory.entries.size} entries for ${memory.said} public events`);
  return wrong;
}
