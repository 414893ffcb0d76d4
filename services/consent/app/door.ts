import type { Bundle, Consent } from '@medplum/fhirtypes';
import type { Json } from '../../../contracts/rules/criteria.ts';
import { namesOf } from '../../../contracts/rules/match.ts';
import { parseStatement, problemsOf } from '../../../contracts/rules/parse.ts';
import type { Deployment } from '../../../contracts/rules/state.ts';
import type { Actor } from '../../../kernel/auth/actor.ts';
import type { Ids } from '../../../kernel/clock.ts';
import { Failure } from '../../../kernel/errors.ts';
import { type ConsentEntry, endedStatuses } from '../domain/consent.ts';
import { patientOf, requireConsent } from '../domain/resource.ts';
import { type ConsentSearch, parseConsentSearch } from '../domain/search.ts';
import { actorOf, actsFor, agentOf, type Caller, filerOf, type Mandates, notYours, readerOf } from './caller.ts';
import type { Consents } from './consents.ts';
import type { Folded } from './fold.ts';
import type { Receipt } from './idempotency.ts';
import type { ConsentLog, PatientStreams } from './streams.ts';
import { namedBy, type Whereabouts } from './views.ts';

export interface Stored {
  resource: Consent;
  receipt: Receipt;
}

/** FHIR Consent: create, read, update, search. The scope is the door's to ask for; here it is who the caller is. */
export interface ConsentDoor {
  create(caller: Caller, resource: unknown, key: string): Promise<Stored>;
  /** @param version undefined: the current one */
  read(caller: Caller, id: string, version?: number): Promise<Consent>;
  /** A status that is over revokes. @param ifMatch the version that the caller saw; undefined: whichever it is */
  update(caller: Caller, id: string, resource: unknown, ifMatch?: number): Promise<Stored>;
  /** @param query as in the URL, without its question mark */
  search(caller: Caller, query: string): Promise<Bundle<Consent>>;
}

interface Parts {
  consents: Consents;
  streams: PatientStreams;
  log: ConsentLog;
  whereabouts: Whereabouts;
  mandates: Mandates;
  deployment: Deployment;
  ids: Ids;
}

export function consentDoor(parts: Parts): ConsentDoor {
  const { consents, streams, log, whereabouts, mandates, deployment, ids } = parts;

  /** Consents of one patient that the caller may see. */
  async function visible(
    caller: Caller,
    patient: string,
  ): Promise<(entry: ConsentEntry, id: string, of: Folded) => boolean> {
    const actor = actorOf(caller);
    if (await actsFor(actor, patient, mandates)) return () => true;
    const staff = readerOf(actor);
    return ({ by }, id, folded) => staff !== undefined && (by.organization === staff || names(folded, id, actor));
  }

  async function found(patient: string, id: string, entry: ConsentEntry, version?: number) {
    return {
      patient,
      id,
      version: version ?? entry.positions.length,
      resource: await consents.resource(patient, entry, version),
    };
  }
  type Found = Awaited<ReturnType<typeof found>>;

  async function search(caller: Caller, asked: ConsentSearch): Promise<Found[]> {
    const ids = new Map<string, string[] | undefined>();
    if (asked.patient) ids.set(asked.patient, undefined);
    else
      for (const { id, patient } of await candidates(caller, asked))
        ids.set(patient, [...(ids.get(patient) ?? []), id]);
    const all: Found[] = [];
    for (const [patient, wanted] of ids) {
      const folded = await streams.current(patient);
      const sees = await visible(caller, patient);
      for (const [id, entry] of folded.patient.consents) {
        if ((wanted && !wanted.includes(id)) || (asked.ids && !asked.ids.includes(id))) continue;
        if (sees(entry, id, folded)) all.push(await found(patient, id, entry));
      }
    }
    return all.filter(({ resource }) => !asked.statuses || asked.statuses.includes(resource.status!));
  }

  /** Where to look without a patient: at what is asked for by id, at one's own, at what concerns the organisation. */
  async function candidates(caller: Caller, { ids: wanted }: ConsentSearch) {
    const actor = actorOf(caller);
    if (wanted) {
      const located = await Promise.all(
        wanted.map(async (id) => ({ id, patient: await whereabouts.patientOfConsent(id) })),
      );
      return located.flatMap(({ id, patient }) => (patient ? [{ id, patient }] : []));
    }
    const organization = readerOf(actor);
    if (organization) return whereabouts.consentsFor({ organization, subject: actor.subject });
    throw new Failure('required', 'Say whose consents: the search needs a patient.', { expression: ['patient'] });
  }

  /** Durable before the answer leaves: no record, no data. */
  async function recordRead(caller: Caller, read: readonly Found[], query?: string): Promise<void> {
    const byPatient = Map.groupBy(read, ({ patient }) => patient);
    const appends = [...byPatient].map(([patient, of]) => ({
      stream: `access/${ids.uuid()}`,
      expected: 0,
      owner: patient,
      events: [
        {
          type: 'ConsentsRead' as const,
          patient,
          consents: of.map(({ id, version }) => ({ id, version })),
          ...(query !== undefined && { query }),
          request: caller.requestId,
          by: agentOf(caller),
        },
      ],
    }));
    if (appends.length > 0) await log.append(appends);
  }

  async function stored(receipt: Receipt, patient: string): Promise<Stored> {
    const entry = (await streams.current(patient)).patient.consents.get(receipt.consent)!;
    return { receipt, resource: told(await consents.resource(patient, entry, receipt.version), deployment) };
  }

  return {
    async create(caller, value, key) {
      const resource = untold(requireConsent(value));
      const patient = patientOf(resource, deployment.fhirBase);
      await requireAuthor(actorOf(caller), patient, resource);
      if (resource.status !== 'active') {
        const message = 'A consent is stated when it is in force: status active.';
        throw new Failure('business-rule', message, { expression: ['Consent.status'] });
      }
      return stored(await consents.state(caller, patient, resource, key), patient);
    },

    async read(caller, id, version) {
      const patient = await whereabouts.patientOfConsent(id);
      if (patient === undefined) throw notYours();
      const folded = await streams.current(patient);
      const entry = folded.patient.consents.get(id);
      if (!entry || !(await visible(caller, patient))(entry, id, folded)) throw notYours();
      const read = await found(patient, id, entry, version);
      await recordRead(caller, [read]);
      return told(read.resource, deployment);
    },

    async update(caller, id, value, ifMatch) {
      const resource = untold(requireConsent(value));
      const patient = patientOf(resource, deployment.fhirBase);
      if (resource.id !== id) throw wrongId();
      if ((await whereabouts.patientOfConsent(id)) !== patient) throw notYours();
      await requireAuthor(actorOf(caller), patient, resource);
      const revoke = endedStatuses.some((status) => status === resource.status);
      if (!revoke && resource.status !== 'active') {
        const message = `A consent that was given stays active, or becomes ${endedStatuses.join(' or ')}.`;
        throw new Failure('business-rule', message, { expression: ['Consent.status'] });
      }
      const receipt = await consents.restate(caller, id, { resource, revoke, ...(ifMatch && { ifMatch }) });
      return stored(receipt, patient);
    },

    async search(caller, query) {
      const own = actorOf(caller).role === 'patient' ? actorOf(caller).patient : undefined;
      const asked = parseConsentSearch(query, { fhirBase: deployment.fhirBase, ...(own && { patient: own }) });
      const all = await search(caller, asked);
      all.sort(
        (one, other) => timeOf(other.resource).localeCompare(timeOf(one.resource)) || one.id.localeCompare(other.id),
      );
      const page = all.slice(asked.offset, asked.offset + asked.count);
      await recordRead(caller, page, query);
      return bundleOf(
        page.map(({ resource }) => told(resource, deployment)),
        all.length,
        asked,
        deployment.fhirBase,
      );
    },
  };

  /**
   * The patient and who acts for them; else staff of an organisation, who post what was signed: with the document, or a
   * reference to it, and who signed.
   */
  async function requireAuthor(actor: Actor, patient: string, resource: Consent): Promise<void> {
    if (await actsFor(actor, patient, mandates)) return;
    if (!filerOf(actor)) {
      throw new Failure(
        'forbidden',
        'Consent is stated by the patient, who acts for them, or an organisation that it was given to.',
      );
    }
    const { sourceAttachment, sourceReference, performer } = resource;
    const signed =
      sourceAttachment?.data || (sourceAttachment?.url && sourceAttachment.hash) || sourceReference?.reference;
    if (!signed)
      throw missing('source', 'On behalf of a patient, attach the signed document, or refer to it with its hash.');
    if (!performer?.length) throw missing('performer', 'On behalf of a patient, say who signed.');
  }
}

const missing = (element: string, message: string) =>
  new Failure('required', message, { expression: [`Consent.${element}`] });
const wrongId = () =>
  new Failure('value', 'The id of the resource must be the one in the address.', { expression: ['Consent.id'] });

/** Whether the current statement names the actor, or their organisation. */
function names(folded: Folded, consent: string, actor: Actor): boolean {
  const named = new Set(namedBy(folded, consent));
  return namesOf(actor).some((name) => named.has(name));
}

const timeOf = ({ meta }: Consent): string => meta?.lastUpdated ?? '';

/** Says on a resource what of it the rules do not understand: such a provision denies. */
const noteSystem = 'urn:healthchain:consent';

function told(resource: Consent, deployment: Deployment): Consent {
  const problems = problemsOf(parseStatement(resource as unknown as Json, deployment));
  if (problems.length === 0) return resource;
  const tag = { system: noteSystem, code: 'not-understood', display: `It denies: ${problems.join('; ')}` };
  return { ...resource, meta: { ...resource.meta, tag: [...(resource.meta?.tag ?? []), tag] } };
}

/** Without what `told` adds. */
function untold(resource: Consent): Consent {
  const tag = resource.meta?.tag?.filter(({ system }) => system !== noteSystem);
  if (!tag) return resource;
  const { tag: _, ...meta } = resource.meta!;
  return { ...resource, meta: { ...meta, ...(tag.length > 0 && { tag }) } };
}

function bundleOf(
  page: Consent[],
  total: number,
  { offset, count, query }: ConsentSearch,
  fhirBase: string,
): Bundle<Consent> {
  const at = (from: number) => {
    const next = new URLSearchParams(query);
    next.set('_offset', String(from));
    return `${fhirBase}/Consent?${next}`;
  };
  const more = offset + page.length < total && page.length > 0;
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    total,
    link: [{ relation: 'self', url: at(offset) }, ...(more ? [{ relation: 'next', url: at(offset + count) }] : [])],
    entry: page.map((resource) => ({
      fullUrl: `${fhirBase}/Consent/${resource.id}`,
      resource,
      search: { mode: 'match' },
    })),
  };
}
