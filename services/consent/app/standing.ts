import type { ResourceFacts } from '../../../contracts/rules/facts.ts';
import { permits } from '../../../contracts/rules/residual.ts';
import type { Deployment } from '../../../contracts/rules/state.ts';
import { collect, decideTransfer } from '../../../contracts/rules/transfer.ts';
import type { Actor } from '../../../kernel/auth/actor.ts';
import type { Clock } from '../../../kernel/clock.ts';
import type { AgreementStreams } from './agreementStreams.ts';
import type { Proposal } from './agreements.ts';
import type { AgreementViews } from './agreementViews.ts';
import type { PatientStreams } from './streams.ts';

interface Parts {
  streams: PatientStreams;
  agreements: AgreementStreams;
  agreementViews: AgreementViews;
  deployment: Deployment;
  clock: Clock;
}

/**
 * The consent of the patient that lets the recipient collect data of each class, where one does: it accepts a proposal
 * for the patient. What was granted for one agreement accepts no other: its terms would be circumvented.
 */
export function standingConsent({ streams, agreements, agreementViews, deployment, clock }: Parts) {
  return async ({ patient, custodian, terms }: Proposal, actor: Actor): Promise<string | undefined> => {
    const { rules } = await streams.current(patient);
    const { subject, organization = '', careTeams } = actor;
    const asker = { subject, organization, careTeams, role: terms.recipientRole };
    const at = Math.max(clock.now(), terms.from);
    const question = { patient, actor: asker, action: collect, purpose: terms.purpose, at };
    const { residual, basis } = decideTransfer(rules, question, deployment);
    const consent = /^Consent\/([^/]+)\//.exec(basis[0] ?? '')?.[1];
    if (consent === undefined || !terms.dataClasses.every((type) => permits(residual, plain(type, custodian))))
      return undefined;
    const others = await Promise.all((await agreementViews.onConsent(consent)).map(agreements.load));
    return others.some(({ agreement }) => agreement.acceptance?.how === 'patient') ? undefined : consent;
  };
}

/** A resource about which nothing is special. */
const plain = (type: string, authorOrganization: string): ResourceFacts => ({
  ...{ type, id: '', authorOrganization, authors: [], codes: [], labels: [], references: [] },
  ...{ periodStart: '', periodEnd: '' },
});
