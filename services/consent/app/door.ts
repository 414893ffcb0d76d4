import type { Bundle, Consent } from '@medplum/fhirtypes';
import type { Deployment } from '../../../contracts/rules/state.ts';
import type { Actor } from '../../../kernel/auth/actor.ts';
import { Failure } from '../../../kernel/errors.ts';
import { endedStatuses } from '../domain/consent.ts';
import { patientOf, requireConsent, requireSigned } from '../domain/resource.ts';
import { actorOf, actsFor, type Caller, filerOf, type Mandates, notYours } from './caller.ts';
import type { Consents } from './consents.ts';
import type { Receipt } from './idempotency.ts';
import { noted, unnoted } from './notes.ts';
import type { Reading } from './reading.ts';
import { consentSearch, versionOf } from './search.ts';
import type { PatientStreams } from './streams.ts';
import type { Whereabouts } from './views.ts';

export interface Stored {
  resource: Consent;
  receipt: Receipt;
}

/** FHIR Consent: create, read, update, search. The scope is the doors' to ask for; here it is who the caller is. */
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
  reading: Reading;
  whereabouts: Whereabouts;
  mandates: Mandates;
  deployment: Deployment;
}

export function consentDoor(parts: Parts): ConsentDoor {
  const { consents, streams, reading, whereabouts, mandates, deployment } = parts;

  async function stored(receipt: Receipt, patient: string): Promise<Stored> {
    const entry = (await streams.current(patient)).patient.consents.get(receipt.consent)!;
    return { receipt, resource: noted(await consents.resource(patient, entry, receipt.version), deployment) };
  }

  /** The patient and who acts for them; else an organisation that posts what was signed there. */
  async function requireAuthor(actor: Actor, patient: string, resource: Consent): Promise<void> {
    if (await actsFor(actor, patient, mandates)) return;
    if (filerOf(actor)) return requireSigned(resource);
    throw new Failure(
      'forbidden',
      'Consent is stated by the patient, who acts for them, or the organisation it was given to.',
    );
  }

  return {
    async create(caller, value, key) {
      const resource = unnoted(requireConsent(value, deployment.zone));
      const patient = patientOf(resource, deployment.fhirBase);
      await requireAuthor(actorOf(caller), patient, resource);
      if (resource.status !== 'active') throw wrongStatus('A consent is stated when it is in force: status active.');
      return stored(await consents.state(caller, patient, resource, key), patient);
    },

    async read(caller, id, version) {
      const patient = await whereabouts.patientOfConsent(id);
      if (patient === undefined) throw notYours();
      const folded = await streams.current(patient);
      const entry = folded.patient.consents.get(id);
      const sees = entry !== undefined && (await reading.sight(caller, patient))(folded, id);
      if (!sees) {
        await reading.record(caller, [{ patient, consents: [{ id, version: 0 }], outcome: 'refused' }]);
        throw notYours();
      }
      const resource = await consents.resource(patient, entry, version);
      await reading.record(caller, [{ patient, consents: [versionOf(resource)], outcome: 'answered' }]);
      return noted(resource, deployment);
    },

    async update(caller, id, value, ifMatch) {
      const resource = unnoted(requireConsent(value, deployment.zone));
      const patient = patientOf(resource, deployment.fhirBase);
      if (resource.id !== id) {
        throw new Failure('value', 'The id must be the one in the address.', { expression: ['Consent.id'] });
      }
      if ((await whereabouts.patientOfConsent(id)) !== patient) throw notYours();
      await requireAuthor(actorOf(caller), patient, resource);
      const revoke = endedStatuses.some((status) => status === resource.status);
      if (!revoke && resource.status !== 'active') {
        throw wrongStatus(`A consent that was given stays active, or becomes ${endedStatuses.join(' or ')}.`);
      }
      const receipt = await consents.restate(caller, id, { resource, revoke, ...(ifMatch && { ifMatch }) });
      return stored(receipt, patient);
    },

    search: consentSearch(parts),
  };
}

const wrongStatus = (message: string) => new Failure('business-rule', message, { expression: ['Consent.status'] });
