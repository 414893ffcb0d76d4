import type { Bundle, Consent } from '@medplum/fhirtypes';
import type { Deployment } from '../../../contracts/rules/state.ts';
import { Failure } from '../../../kernel/errors.ts';
import { type ConsentSearch, parseConsentSearch } from '../domain/search.ts';
import { actorOf, type Caller, readerOf } from './caller.ts';
import type { Consents } from './consents.ts';
import { noted } from './notes.ts';
import type { Looked, Reading } from './reading.ts';
import type { PatientStreams } from './streams.ts';
import type { Located, Whereabouts } from './views.ts';

interface Parts {
  consents: Consents;
  streams: PatientStreams;
  reading: Reading;
  whereabouts: Whereabouts;
  deployment: Deployment;
}

interface Found {
  patient: string;
  resource: Consent;
}

/** Searches the consents that the caller may see, newest first; what was looked at is recorded before it is answered. */
export function consentSearch({ consents, streams, reading, whereabouts, deployment }: Parts) {
  /** Where to look without a patient: at what is asked for by its id, or at what concerns the organisation. */
  async function candidates(caller: Caller, { ids }: ConsentSearch): Promise<Located[]> {
    if (ids) {
      const located = ids.map(async (id) => ({ id, patient: (await whereabouts.patientOfConsent(id)) ?? '' }));
      return (await Promise.all(located)).filter(({ patient }) => patient);
    }
    const { subject, ...actor } = actorOf(caller);
    const organization = readerOf(actor);
    if (organization) return whereabouts.consentsFor({ organization, subject });
    throw new Failure('required', 'Say whose consents: the search needs a patient.', { expression: ['patient'] });
  }

  /** @param wanted of the patient; undefined: all */
  async function ofPatient(caller: Caller, patient: string, wanted: string[] | undefined): Promise<Found[]> {
    const folded = await streams.current(patient);
    const sees = await reading.sight(caller, patient);
    const ids = [...folded.patient.consents.keys()].filter((id) => (wanted?.includes(id) ?? true) && sees(folded, id));
    return Promise.all(
      ids.map(async (id) => ({
        patient,
        resource: await consents.resource(patient, folded.patient.consents.get(id)!),
      })),
    );
  }

  async function everywhere(caller: Caller, asked: ConsentSearch): Promise<Found[]> {
    if (asked.patient) return ofPatient(caller, asked.patient, asked.ids);
    const located = Map.groupBy(await candidates(caller, asked), ({ patient }) => patient);
    const found = [...located].map(([patient, of]) =>
      ofPatient(
        caller,
        patient,
        of.map(({ id }) => id),
      ),
    );
    return (await Promise.all(found)).flat();
  }

  async function record(caller: Caller, { patient, query }: ConsentSearch, page: readonly Found[]): Promise<void> {
    const looked = Map.groupBy(page, (found) => found.patient);
    if (patient && (await streams.head(patient)) > 0 && !looked.has(patient)) looked.set(patient, []);
    await reading.record(
      caller,
      [...looked].map(([of, found]): Looked => {
        return { patient: of, consents: found.map(({ resource }) => versionOf(resource)), outcome: 'answered', query };
      }),
    );
  }

  return async (caller: Caller, query: string): Promise<Bundle<Consent>> => {
    const { role, patient: own } = actorOf(caller);
    const asked = parseConsentSearch(query, deployment.fhirBase, role === 'patient' ? own : undefined);
    const all = (await everywhere(caller, asked))
      .filter(({ resource }) => asked.statuses?.includes(resource.status!) ?? true)
      .sort((one, other) => newestFirst(one.resource, other.resource));
    const page = all.slice(asked.offset, asked.offset + asked.count);
    await record(caller, asked, page);
    return bundleOf(
      page.map(({ resource }) => noted(resource, deployment)),
      all.length,
      asked,
      deployment.fhirBase,
    );
  };
}

export const versionOf = ({ id, meta }: Consent) => ({ id: id!, version: Number(meta!.versionId) });

const newestFirst = (one: Consent, other: Consent): number =>
  other.meta!.lastUpdated!.localeCompare(one.meta!.lastUpdated!) || one.id!.localeCompare(other.id!);

function bundleOf(page: Consent[], total: number, asked: ConsentSearch, fhirBase: string): Bundle<Consent> {
  const { offset, count, query } = asked;
  const url = (from: number) => {
    const parameters = new URLSearchParams(query);
    if (from > 0) parameters.set('_offset', String(from));
    return `${fhirBase}/Consent?${parameters}`;
  };
  const more = page.length > 0 && offset + page.length < total;
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    total,
    link: [
      { relation: 'self', url: url(offset) },
      ...(more ? [{ relation: 'next' as const, url: url(offset + count) }] : []),
    ],
    entry: page.map((resource) => ({
      fullUrl: `${fhirBase}/Consent/${resource.id}`,
      resource,
      search: { mode: 'match' },
    })),
  };
}
