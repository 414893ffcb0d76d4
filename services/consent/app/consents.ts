import type { Consent } from '@medplum/fhirtypes';
import type { Deployment } from '../../../contracts/rules/state.ts';
import type { Clock, Ids } from '../../../kernel/clock.ts';
import type { Projector } from '../../../kernel/views/projection.ts';
import { consentOf } from '../domain/choices.ts';
import { type ConsentCommand, type ConsentEntry, consents as consentsOf } from '../domain/consent.ts';
import type { ConsentServiceEvent } from '../domain/event.ts';
import { choicesIn, type Wish } from '../domain/templates.ts';
import {
  actorOf,
  actsFor,
  agentOf,
  type Caller,
  filerOf,
  type Mandates,
  notYours,
  performerOf,
  requireActingFor,
} from './caller.ts';
import { documentOf } from './document.ts';
import type { Folded } from './fold.ts';
import type { RequireKnown } from './grantees.ts';
import { type Once, type Receipt, type RunOnce, unkeyed } from './idempotency.ts';
import { requireUnderstood } from './notes.ts';
import type { PatientStreams } from './streams.ts';
import type { Whereabouts } from './views.ts';

/** What is done to consents, by whichever door. */
export interface Consents {
  /** By the patient, or with a mandate, to a grantee that somebody knows. @param patient empty: the caller's own */
  grant(caller: Caller, patient: string, wish: Wish, key: string): Promise<Receipt>;
  /** By whoever may change the consent. Revoking twice is the same. */
  revoke(caller: Caller, consent: string, reason: string, key: string): Promise<Receipt>;
  /** A statement that was made elsewhere, of a new consent. */
  state(caller: Caller, patient: string, resource: Consent, key: string): Promise<Receipt>;
  /** @param change.revoke whether it ends the consent @param change.ifMatch version that the caller saw */
  restate(
    caller: Caller,
    consent: string,
    change: { resource: Consent; revoke: boolean; ifMatch?: number },
  ): Promise<Receipt>;
  /** A consent's newest version, or an older one. Throws Failure `not-found`. */
  resource(patient: string, entry: ConsentEntry, version?: number): Promise<Consent>;
}

interface Parts {
  streams: PatientStreams;
  projector: Projector<ConsentServiceEvent>;
  whereabouts: Whereabouts;
  once: RunOnce;
  mandates: Mandates;
  known: RequireKnown;
  deployment: Deployment;
  clock: Clock;
  ids: Ids;
}

export function consents(parts: Parts): Consents {
  const { streams, projector, whereabouts, once, mandates, known, deployment, clock, ids } = parts;

  async function resource(patient: string, { positions }: ConsentEntry, version = positions.length): Promise<Consent> {
    const position = positions[version - 1];
    const recorded = position === undefined ? undefined : await streams.event(patient, position);
    if (!recorded || !('resource' in recorded.event)) throw notYours();
    return recorded.event.resource;
  }

  async function change(
    patient: string,
    command: (folded: Folded) => ConsentCommand | Promise<ConsentCommand>,
    keyed: Once,
  ): Promise<Receipt> {
    let consent = '';
    const { folded, recorded } = await streams.change(patient, async (before) => {
      const decided = await command(before);
      consent = decided.consent;
      const events = consentsOf.decide(decided, before.patient.consents);
      const version = (before.patient.consents.get(consent)?.positions.length ?? 0) + events.length;
      return { events, also: (streamVersion) => keyed.reservation({ patient, consent, version, streamVersion }) };
    });
    await projector.apply(recorded);
    const { positions } = folded.patient.consents.get(consent)!;
    const streamVersion = positions.at(-1)!;
    const event = recorded.find((each) => 'consent' in each.event && each.version === streamVersion);
    const { id } = event ?? (await streams.event(patient, streamVersion))!;
    return { consent, version: positions.length, streamVersion, event: id };
  }

  /**
   * The patient whose consent it is, and the entry as it is now: asked for inside the change, so that nobody changes what
   * stopped being theirs a moment ago. The patient may, who acts for them, and the staff of the organisation that filed
   * what the consent says now. Throws Failure `not-found` for everybody else.
   */
  async function changing(caller: Caller, consent: string) {
    const patient = await whereabouts.patientOfConsent(consent);
    if (patient === undefined) throw notYours();
    const actor = actorOf(caller);
    const acts = await actsFor(actor, patient, mandates);
    const filer = filerOf(actor);
    const entryIn = ({ patient: { consents: all } }: Folded): ConsentEntry => {
      const entry = all.get(consent);
      if (entry && (acts || (filer !== undefined && filer === entry.by.organization))) return entry;
      throw notYours();
    };
    return { patient, entryIn };
  }

  return {
    resource,
    async grant(caller, of, wish, key) {
      const actor = actorOf(caller);
      const patient = await requireActingFor(caller, of, mandates);
      return once({ key, subject: actor.subject, request: { patient, wish } }, async (keyed) => {
        const occasion = { patient, performer: performerOf(actor, patient), at: clock.now() };
        const choices = choicesIn(wish, { ...deployment, ...occasion });
        await known(choices.grantee);
        const resource = consentOf(choices, { ...deployment, ...occasion });
        requireUnderstood(resource, deployment);
        const stated = { consent: ids.uuid(), resource, ...documentOf(resource), by: agentOf(caller), at: occasion.at };
        return change(patient, () => ({ type: 'grant', ...stated }), keyed);
      });
    },
    async revoke(caller, consent, reason, key) {
      const { patient, entryIn } = await changing(caller, consent);
      const { subject } = actorOf(caller);
      const stated = { consent, ...(reason && { reason }), by: agentOf(caller), at: clock.now() };
      const command = async (folded: Folded): Promise<ConsentCommand> => {
        const statement = await resource(patient, entryIn(folded));
        return { type: 'revoke', ...stated, resource: { ...statement, status: 'inactive' } };
      };
      return once({ key, subject, request: { consent, reason } }, (keyed) => change(patient, command, keyed));
    },
    async state(caller, patient, resource, key) {
      const { subject } = actorOf(caller);
      return once({ key, subject, request: resource }, (keyed) => {
        const stated = { consent: ids.uuid(), resource, ...documentOf(resource), by: agentOf(caller), at: clock.now() };
        return change(patient, () => ({ type: 'grant', ...stated }), keyed);
      });
    },
    async restate(caller, consent, { resource, revoke, ifMatch }) {
      const { patient, entryIn } = await changing(caller, consent);
      const by = agentOf(caller);
      const stated = { consent, resource, by, at: clock.now(), ...(ifMatch !== undefined && { ifMatch }) };
      const command: ConsentCommand = revoke
        ? { type: 'revoke', ...stated }
        : { type: 'amend', ...stated, ...documentOf(resource) };
      const permitted = (folded: Folded) => entryIn(folded) && command;
      return change(patient, permitted, unkeyed);
    },
  };
}
