import type { EndReason } from '../../../contracts/agreement.ts';
import type { Deployment } from '../../../contracts/rules/state.ts';
import type { Terms } from '../../../contracts/rules/terms.ts';
import { collect } from '../../../contracts/rules/transfer.ts';
import type { Clock, Ids } from '../../../kernel/clock.ts';
import { Failure } from '../../../kernel/errors.ts';
import type { Keyring } from '../../../kernel/keys/keyring.ts';
import type { Projector } from '../../../kernel/views/projection.ts';
import type { Agent } from '../domain/agent.ts';
import { type Agreement, type AgreementCommand, isLate, noAgreement } from '../domain/agreement.ts';
import { consentOf } from '../domain/choices.ts';
import { consents as consentsOf } from '../domain/consent.ts';
import type { ConsentServiceEvent } from '../domain/event.ts';
import type { AgreementStreams, Known } from './agreementStreams.ts';
import { type AgreementView, viewOf } from './agreementView.ts';
import type { AgreementViews } from './agreementViews.ts';
import { actorOf, actsFor, agentOf, type Caller, filerOf, type Mandates, performerOf, readerOf } from './caller.ts';
import type { Consents } from './consents.ts';
import type { Organizations } from './identity.ts';
import { pseudonymsOf } from './pseudonyms.ts';
import { standingConsent } from './standing.ts';
import type { PatientStreams } from './streams.ts';
import { uuidOf } from './uuidOf.ts';

export interface Proposal {
  patient: string;
  custodian: string;
  terms: Terms;
}

/** Agreements between organisations on a patient's data, from their proposal to the proof of deletion. */
export interface Agreements {
  /**
   * By the staff of the organisation that asks. A consent of the patient that stands and lets it collect accepts at once.
   * @param key Idempotency-Key; empty: none
   */
  propose(caller: Caller, proposal: Proposal, key: string): Promise<AgreementView>;
  /** By the patient, or with a mandate; grants the consent that the agreement rests on, in the same append. */
  accept(caller: Caller, id: string): Promise<AgreementView>;
  /** By the patient: declined or revoked; by the staff of either organisation: withdrawn. Its consent ends with it. */
  end(caller: Caller, id: string): Promise<AgreementView>;
  /** By the staff of the recipient: nothing of it is left. */
  attest(caller: Caller, id: string, text: string): Promise<AgreementView>;
  read(caller: Caller, id: string): Promise<AgreementView>;
  /** A patient's own; else those of the caller's organisation; newest first. @param late only overdue deletions */
  list(caller: Caller, asked: { patient: string; late: boolean }): Promise<AgreementView[]>;
  /** A consent was revoked: what rests on it ends. */
  revoked(caller: Caller, consent: string): Promise<void>;
  /** Takes down what the clock has made of agreements: periods that are over, deletions that nobody attested in time. */
  expire(): Promise<void>;
}

interface Parts {
  agreements: AgreementStreams;
  agreementViews: AgreementViews;
  streams: PatientStreams;
  consents: Pick<Consents, 'resource'>;
  projector: Projector<ConsentServiceEvent>;
  keyring: Keyring;
  mandates: Mandates;
  organizations: Organizations;
  deployment: Deployment;
  /** How long a recipient has to delete after an agreement was ended early, milliseconds. */
  grace: number;
  clock: Clock;
  ids: Ids;
}

export function agreements(parts: Parts): Agreements {
  const { streams, projector, keyring, mandates, organizations, deployment, grace, clock, ids } = parts;
  const { agreements: all, agreementViews: views } = parts;
  const standing = standingConsent(parts);

  async function change(id: string, commands: readonly AgreementCommand[]): Promise<Known> {
    const { recorded, ...known } = await all.change(id, () => commands);
    await projector.apply(recorded);
    return known;
  }

  const shown = async (known: Known): Promise<AgreementView> => {
    const { patient } = known.agreement.proposal;
    return viewOf(known, pseudonymsOf(await streams.secret(patient)), clock.now());
  };

  async function seen(caller: Caller, id: string): Promise<Known> {
    const known = await all.find(id);
    if (known && (await mayRead(caller, known))) return { id, agreement: known };
    throw noAgreement();
  }

  async function mayRead(caller: Caller, { proposal }: Agreement): Promise<boolean> {
    const actor = actorOf(caller);
    return isParty(readerOf(actor), proposal) || (await actsFor(actor, proposal.patient, mandates));
  }

  /** Ends an agreement, and in the same append the consent that was granted with it. */
  async function finish(known: Known, reason: EndReason, by: Agent): Promise<Known> {
    const { id, agreement } = known;
    const { patient } = agreement.proposal;
    const at = clock.now();
    const command = { type: 'end', reason, grace, at, by } as const;
    const granted = agreement.acceptance?.how === 'patient' ? agreement.acceptance.consent : undefined;
    if (granted === undefined || reason === 'expired') return change(id, [command]);
    const { recorded } = await streams.change(patient, async ({ patient: { consents } }) => {
      const entry = consents.get(granted)!;
      const resource = { ...(await parts.consents.resource(patient, entry)), status: 'inactive' as const };
      const events = consentsOf.decide({ type: 'revoke', consent: granted, resource, by, at }, consents);
      return { events, also: () => all.append(id, agreement, [command]) };
    });
    await projector.apply(recorded);
    return recorded.length > 0 ? all.load(id) : change(id, [command]);
  }

  /** A running agreement that the patient accepted for the same recipient and purpose: its consent would be replaced. */
  async function requireNoRival({ id, agreement }: Known): Promise<void> {
    const { patient, requester, terms } = agreement.proposal;
    for (const other of await views.ofPatient(patient)) {
      const { proposal, acceptance, status } = (await all.load(other)).agreement;
      const same = proposal.requester === requester && proposal.terms.purpose === terms.purpose;
      if (other === id || status !== 'accepted' || acceptance?.how !== 'patient' || !same) continue;
      throw new Failure(
        'business-rule',
        `Agreement ${other} with this organisation for this purpose runs: end it first.`,
      );
    }
  }

  return {
    async propose(caller, proposal, key) {
      const actor = actorOf(caller);
      const requester = filerOf(actor) ?? '';
      const by = agentOf(caller);
      const id = key ? uuidOf(keyring.mac(`agreement/${actor.subject}/${key}`)) : ids.uuid();
      const command = { type: 'propose', ...proposal, requester, at: clock.now(), by } as const;
      if (requester) await organizations(proposal.custodian);
      const consent = requester ? await standing(proposal, actor) : undefined;
      const { recorded, ...known } = await all.change(id, (state) => [
        command,
        ...(consent && !state ? [{ type: 'accept', how: 'standing', consent, at: command.at, by } as const] : []),
      ]);
      await projector.apply(recorded);
      return shown(known);
    },

    async accept(caller, id) {
      const known = await seen(caller, id);
      const { patient, requester, terms } = known.agreement.proposal;
      const actor = actorOf(caller);
      if (!(await actsFor(actor, patient, mandates)))
        throw new Failure('forbidden', 'Only the patient, or a person with a mandate for them, agrees.');
      if (known.agreement.status === 'accepted') return shown(known);
      await requireNoRival(known);
      const [at, by, consent] = [clock.now(), agentOf(caller), ids.uuid()];
      const command = { type: 'accept', how: 'patient', consent, at, by } as const;
      const { recorded } = await streams.change(patient, () => {
        const also = all.append(id, known.agreement, [command]);
        const occasion = { patient, performer: performerOf(actor, patient), at, ...deployment };
        const resource = consentOf(choicesOf(requester, terms), occasion);
        return { events: consentsOf.decide({ type: 'grant', consent, resource, by, at }, new Map()), also: () => also };
      });
      await projector.apply(recorded);
      return shown(await all.load(id));
    },

    async end(caller, id) {
      const known = await seen(caller, id);
      const { proposal, status } = known.agreement;
      const actor = actorOf(caller);
      if (await actsFor(actor, proposal.patient, mandates))
        return shown(await finish(known, status === 'proposed' ? 'declined' : 'revoked', agentOf(caller)));
      if (isParty(filerOf(actor), proposal)) return shown(await finish(known, 'withdrawn', agentOf(caller)));
      throw new Failure('forbidden', 'The patient and the staff of the two organisations end an agreement.');
    },

    async attest(caller, id, text) {
      await seen(caller, id);
      return shown(await change(id, [{ type: 'attest', text, at: clock.now(), by: agentOf(caller) }]));
    },

    read: async (caller, id) => shown(await seen(caller, id)),

    async list(caller, { patient, late }) {
      const actor = actorOf(caller);
      const of = patient || (actor.role === 'patient' ? (actor.patient ?? '') : '');
      const organization = readerOf(actor);
      if (!of && !organization) throw new Failure('forbidden', 'Agreements are listed for patients and organisations.');
      const found = of ? await views.ofPatient(of) : await views.ofOrganization(organization!);
      const known = await Promise.all(found.map((id) => seen(caller, id).catch(undefinedWhereHidden)));
      const wanted = known
        .filter((each) => each !== undefined)
        .filter(({ agreement }) => !late || isLate(agreement, clock.now()))
        .sort((one, other) => other.agreement.proposal.at - one.agreement.proposal.at);
      return Promise.all(wanted.map(shown));
    },

    async revoked(caller, consent) {
      for (const id of await views.onConsent(consent)) {
        const known = await all.load(id);
        if (known.agreement.status === 'accepted') await finish(known, 'revoked', agentOf(caller));
      }
    },

    async expire() {
      const by = { subject: 'service/consent', role: 'system' } as const;
      const at = clock.now();
      for (const id of await views.due(at)) {
        const found = await all.find(id).catch(undefinedWhereHidden);
        if (found?.status === 'ended') await change(id, [{ type: 'remind', at, by }]);
        else if (found) await finish({ id, agreement: found }, 'expired', by);
      }
    },
  };
}

const isParty = (organization: string | undefined, { requester, custodian }: Agreement['proposal']): boolean =>
  organization !== undefined && (organization === requester || organization === custodian);

/** What the patient says by agreeing: these people may collect these data, in this period, for this purpose. */
function choicesOf(organization: string, { recipientRole, purpose, dataClasses, from, until }: Terms) {
  return {
    grantee: { organization, role: recipientRole },
    ...{ purposes: [purpose], actions: [collect], resourceTypes: dataClasses },
    ...{ codes: [], labels: [], until, deny: false },
    ...(from > 0 && { from }),
  };
}

function undefinedWhereHidden(error: unknown): undefined {
  if (!(error instanceof Failure && (error.code === 'deleted' || error.code === 'not-found'))) throw error;
}
