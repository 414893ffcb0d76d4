import { randomUUID } from 'node:crypto';
import type { RecordsEvent } from '../../../services/records/domain/event.ts';
import { doorTo } from '../load/door.ts';
import type { Written } from '../load/journal.ts';
import { markers } from '../load/writes.ts';
import type { Audited, Memory } from './audit.ts';

const atOnce = 8;

/** Every acknowledged version of a resource is there and says what was written. The answers are reads like others. */
export async function writesAreThere({ url, journal }: Audited): Promise<string[]> {
  const door = doorTo(url, journal, () => false);
  const wrong: string[] = [];
  const left = journal.written.flatMap((written) =>
    [...written.versions].map((version) => [written, ...version] as const),
  );
  const worker = async () => {
    for (let next = left.pop(); next; next = left.pop()) {
      const [{ reference, marker, token }, version, value] = next;
      const request = randomUUID();
      const path = `/fhir/${reference}/_history/${version}`;
      const answer = await door.attempt({ path, token, headers: { 'x-request-id': request } });
      if (answer) journal.answered.set(request, path);
      const body = answer?.body;
      const same = body?.identifier?.[0]?.value === marker && (body.valueQuantity?.value ?? value) === value;
      if (answer?.status !== 200 || !same)
        wrong.push(`${reference} version ${version}: ${answer?.status ?? 'no answer'}`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return wrong;
}

/** Of each marker there is one resource at most, whether it was acknowledged or not; of an acknowledged one, the one acknowledged. */
export async function writesAreOnce({ stores, journal, memory }: Audited): Promise<string[]> {
  const resources = (stream: string) => /^(Observation|Patient)\//.test(stream);
  for await (const { stream, event, position } of stores
    .of('records')
    .events<RecordsEvent>(memory.records, resources)) {
    memory.records = position;
    if (event.type === 'ResourceCreated') remember(memory, stream, JSON.parse(event.json));
  }
  const doubled = [...memory.created].filter(([, references]) => references.length > 1);
  return [
    ...doubled.map(([, references]) => `one request made ${references.join(' and ')}`),
    ...journal.written
      .filter((written) => !isThere(memory, written))
      .map(({ reference }) => `${reference} is not stored`),
  ];
}

function remember(
  { created }: Memory,
  reference: string,
  resource: { identifier?: { system?: string; value?: string }[] },
) {
  const marker = resource.identifier?.find(({ system }) => system === markers)?.value;
  if (marker) created.set(marker, [...(created.get(marker) ?? []), reference]);
}

const isThere = ({ created }: Memory, { marker, reference }: Written) => created.get(marker)?.includes(reference);

export async function studiesAreThere({ url, world, journal }: Audited): Promise<string[]> {
  const door = doorTo(url, journal, () => false);
  const answer = await door.attempt({ path: '/research/studies', token: world.researcher.token });
  const known: string[] = (answer?.body.studies ?? []).map(({ id }: { id: string }) => id);
  return journal.studies.filter((id) => known.filter((each) => each === id).length !== 1).map((id) => `study ${id}`);
}
