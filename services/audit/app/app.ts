import type { AuditEvent, Bundle } from '@medplum/fhirtypes';
import type { Actor } from '../../../kernel/auth/actor.ts';
import type { Ids } from '../../../kernel/clock.ts';
import { Failure } from '../../../kernel/errors.ts';
import type { SealedStore } from '../../../kernel/eventstore/sealed.ts';
import type { NoteSigner } from '../../../kernel/merkle/note.ts';
import type { Views } from '../../../kernel/views/port.ts';
import type { Projector } from '../../../kernel/views/projection.ts';
import type { AuditTrailRead, LogEvent } from '../domain/event.ts';
import { actsAs, mayRead, type Reader, readsOrganization, visiblePatients } from '../domain/trail.ts';
import { auditEventOf } from './balp/auditEvent.ts';
import { concernedBy, entryOpener, type OpenedEntry } from './entries.ts';
import { type Identity, namesFor } from './names.ts';
import { type ProofFile, proofOf } from './proof.ts';
import { cursorText, parseQuery, type TrailQuery } from './query.ts';
import { searchTrail } from './search.ts';
import { type BlindKeys, findPlace } from './views.ts';

/** Who asks, and in which request. */
export interface Caller {
  actor: Actor;
  token: string;
  request: string;
}

/** What audit can do. Every answer, and every refusal, is recorded durably before it leaves. */
export interface AuditApp {
  /** @param query as in the URL. Throws Failure `forbidden`, or as `parseQuery`. */
  search(caller: Caller, query: string): Promise<Bundle<AuditEvent>>;
  /** Throws Failure `not-found`, also for an event that is not for the caller. */
  read(caller: Caller, id: string): Promise<AuditEvent>;
  /** Throws as `read`, and Failure `unavailable` while the event is not anchored. */
  proof(caller: Caller, id: string): Promise<ProofFile>;
}

interface Parts {
  log: SealedStore<LogEvent>;
  projector: Projector<LogEvent>;
  views: Views;
  blind: BlindKeys;
  identity: Identity;
  signer: NoteSigner;
  ids: Ids;
  baseUrl: string;
  /** Resolves when what has been sent so far is in the trail, or soon. */
  caughtUp(): Promise<void>;
  onProblem(problem: string): void;
}

type Reading = Pick<AuditTrailRead, 'patients' | 'event' | 'query' | 'outcome'>;

export function auditApp(parts: Parts): AuditApp {
  const { log, projector, views, blind, identity, ids, baseUrl } = parts;

  async function record({ actor, request }: Caller, reading: Reading): Promise<void> {
    const { subject, role, organization, purpose, client, patient } = actor;
    const by = { subject, role, purpose, client, ...(organization && { organization }) };
    // the reader's key, not that of those read about: theirs may be destroyed
    const owner = organization ? `organization/${organization}` : (patient ?? `person/${subject}`);
    const event: AuditTrailRead = { ...reading, type: 'AuditTrailRead', by, request };
    const append = { stream: `read/${ids.uuid()}`, expected: 0, owner, events: [event] };
    await projector.apply(await log.append([append]));
  }

  /** @param about patients that a mandate could be for; identity is asked only where it could matter */
  async function readerOf({ actor }: Caller, about: readonly string[]): Promise<Reader> {
    const { role, organization, patient, subject } = actor;
    const reader = { role, mandates: [], ...(organization && { organization }), ...(patient && { patient }) };
    if (role === 'system' || about.every((id) => id === patient)) return reader;
    const { mandates } = await identity.listMandates({ subject });
    return { ...reader, mandates: mandates.map((mandate) => mandate.patient) };
  }

  async function patientsKnown(patients: string[]): Promise<string[]> {
    const known = await Promise.all(
      patients.map((id) => views.find('events', { where: { patient: blind.patient(id) }, limit: 1 })),
    );
    return patients.filter((_, index) => known[index]!.length > 0);
  }

  function reach(reader: Reader, { patient = reader.patient }: TrailQuery): Record<string, string> | undefined {
    if (patient && actsAs(reader, patient)) return { patient: blind.patient(patient) };
    if (!readsOrganization(reader)) return undefined;
    return {
      ...(patient && { patient: blind.patient(patient) }), // first: it is the narrower one
      organization: blind.organization(reader.organization!),
    };
  }

  /** The entry of an event that the caller may read. */
  async function find(caller: Caller, id: string): Promise<{ entry: OpenedEntry; reader: Reader }> {
    const place = await findPlace(views, id);
    const entry = place && (await entryOpener(log)(place));
    const reader = await readerOf(caller, entry?.detail.patients ?? []);
    if (entry && mayRead(reader, concernedBy(entry))) return { entry, reader };
    const patients = entry?.detail.patients ?? [];
    await record(caller, { patients, outcome: 'refused', ...(place && { event: id }) });
    throw new Failure('not-found', 'There is no such audit event for you to read.');
  }

  /** Entries as the reader may see them. */
  async function told(entries: OpenedEntry[], reader: Reader, { token }: Caller): Promise<AuditEvent[]> {
    const names = await namesFor(entries, identity, token);
    return entries.map((entry) => {
      const visible = visiblePatients(reader, concernedBy(entry));
      return auditEventOf(entry.event, entry.detail, { baseUrl, names, visible });
    });
  }

  return {
    async search(caller, text) {
      const query = parseQuery(text);
      const asked = query.patient ? [query.patient] : [];
      const reader = await readerOf(caller, asked);
      const where = reach(reader, query);
      if (!where) {
        await record(caller, { patients: await patientsKnown(asked), query: text, outcome: 'refused' });
        throw new Failure('forbidden', 'You may read the trail of your own records, or of your organisation.');
      }
      await parts.caughtUp();
      const page = await searchTrail(query, { views, open: entryOpener(log), baseUrl, reader, where });
      const patients = [...new Set(page.entries.flatMap(({ detail }) => detail.patients))];
      const events = await told(page.entries, reader, caller);
      await record(caller, { patients, query: text, outcome: 'answered' });
      return bundle(events, query, page.next && cursorText(page.next), `${baseUrl}/fhir/AuditEvent`);
    },

    async read(caller, id) {
      const { entry, reader } = await find(caller, id);
      const [event] = await told([entry], reader, caller);
      await record(caller, { patients: entry.detail.patients, event: id, outcome: 'answered' });
      return event!;
    },

    async proof(caller, id) {
      const { sequenced, detail } = (await find(caller, id)).entry;
      const proof = await proofOf(sequenced, views, parts.signer, parts.onProblem);
      await record(caller, { patients: detail.patients, event: id, outcome: 'answered' });
      return proof;
    },
  };
}

function bundle(events: AuditEvent[], query: TrailQuery, cursor: string | undefined, url: string): Bundle<AuditEvent> {
  const link = (more: [string, string][]) => {
    const parameters = new URLSearchParams([...query.parameters, ...more]).toString();
    return parameters ? `${url}?${parameters}` : url;
  };
  const self = query.after ? link([['_cursor', cursorText(query.after)]]) : link([]);
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    link: [
      { relation: 'self', url: self },
      ...(cursor ? [{ relation: 'next' as const, url: link([['_cursor', cursor]]) }] : []),
    ],
    entry: events.map((resource) => ({
      fullUrl: `${url}/${resource.id}`,
      resource,
      search: { mode: 'match' as const },
    })),
  };
}
