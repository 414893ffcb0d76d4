import type { PolicyState } from '../../../contracts/consent.ts';
import { commitment } from '../../../contracts/opened.ts';
import { policyText, settingsHash } from '../../../contracts/policy.ts';
import type { Deployment } from '../../../contracts/rules/state.ts';
import type { Recorded } from '../../../kernel/eventstore/sealed.ts';
import type { Transaction } from '../../../kernel/ledger/port.ts';
import type { AgreementEvent } from '../domain/agreement.ts';
import type { BreakGlassEvent } from '../domain/breakGlass.ts';
import type { ConsentEvent } from '../domain/consent.ts';
import type { ConsentServiceEvent } from '../domain/event.ts';
import type { PolicyRestated } from '../domain/patient.ts';
import { type AgreementStreams, idOf } from './agreementStreams.ts';
import { type Pseudonyms, patientPseudonym, pseudonymsOf } from './pseudonyms.ts';
import { agreementTransaction, agreementTypes } from './sharingLedger.ts';
import type { PatientStreams } from './streams.ts';

type Stated = ConsentEvent | BreakGlassEvent;

const states: Record<Stated['type'], PolicyState> = {
  ConsentGranted: 'granted',
  ConsentAmended: 'amended',
  ConsentRevoked: 'revoked',
  BreakGlassDeclared: 'break-glass-started',
  BreakGlassEnded: 'break-glass-stopped',
  BreakGlassReviewed: 'break-glass-reviewed',
};

/** Events of a patient's stream that the ledger's consent contract keeps something of. */
const policyTypes: readonly string[] = [...Object.keys(states), 'PolicyRestated'];
/** The same of agreements and the sharing contract. */
export const ledgerTypes: readonly string[] = [...policyTypes, ...agreementTypes];

export const isEntered = ({ event }: Recorded<ConsentServiceEvent>): boolean => ledgerTypes.includes(event.type);

/** What the ledger keeps of one event. */
export interface PolicyClaim {
  policy: string;
  version: number;
  state: PolicyState;
  hash: string;
  at: number;
}

/** What the consent contract keeps of an event of a consent or of break-glass. */
export function policyClaim(pseudonyms: Pseudonyms, { id, at, event }: Recorded<ConsentServiceEvent>): PolicyClaim {
  const stated = event as Stated;
  return {
    policy: pseudonyms.of(`policy/${policyOf(stated)}`),
    version: 'resource' in stated ? Number(stated.resource.meta!.versionId) : stated.version,
    state: states[stated.type],
    hash: commitment(pseudonyms.salt(id), JSON.stringify(stated)),
    at,
  };
}

/** The id of the consent or declaration. */
export const policyOf = (event: Stated): string => ('consent' in event ? event.consent : event.id);

/** What decides for a patient at a version of their stream, as the contracts are shown it and as the ledger keeps it. */
export interface OpenedPolicy {
  text: string;
  salt: Buffer;
  head: { policy: string; version: number; hash: string; settings: string };
}

export interface LedgerTransactions {
  /**
   * The transaction that enters an event. Everybody can tell which policies are of one patient, and nobody of whom;
   * after the patient's key is destroyed nobody can open any of it.
   */
  of(recorded: Recorded<ConsentServiceEvent>): Promise<Transaction>;
  policy(patient: string, version: number): Promise<OpenedPolicy>;
}

interface Parts {
  streams: PatientStreams;
  agreements: AgreementStreams;
  deployment: Deployment;
}

export function ledgerTransactions({ streams, agreements, deployment }: Parts): LedgerTransactions {
  const settings = settingsHash(deployment);

  async function policy(patient: string, version: number): Promise<OpenedPolicy> {
    const pseudonyms = pseudonymsOf(await streams.secret(patient));
    const { rules } = await streams.upTo(patient, version);
    const text = policyText(patient, rules);
    const salt = pseudonyms.salt(`head/${version}`);
    return {
      ...{ text, salt },
      head: { policy: patientPseudonym(pseudonyms), version, hash: commitment(salt, text), settings },
    };
  }

  async function ofPatient(recorded: Recorded<ConsentServiceEvent>): Promise<Transaction> {
    const { head } = await policy(recorded.owner, recorded.version);
    if ((recorded.event as Stated | PolicyRestated).type === 'PolicyRestated')
      return { contract: 'consent', fn: 'restate', args: [JSON.stringify(head)] };
    const claim = policyClaim(pseudonymsOf(await streams.secret(recorded.owner)), recorded);
    return { contract: 'consent', fn: 'record', args: [JSON.stringify({ ...claim, head })] };
  }

  return {
    policy,
    async of(recorded) {
      if (policyTypes.includes(recorded.event.type)) return ofPatient(recorded);
      const pseudonyms = pseudonymsOf(await streams.secret(recorded.owner));
      const { agreement } = await agreements.load(idOf(recorded.stream));
      return agreementTransaction(pseudonyms, agreement.proposal.terms, recorded as Recorded<AgreementEvent>);
    },
  };
}
