import type { Transfer as Committed } from '../../../contracts/agreement.ts';
import type { TimelessQuestion } from '../../../contracts/authorise.ts';
import { canonical } from '../../../contracts/canonical.ts';
import { commitment } from '../../../contracts/opened.ts';
import type { Deployment } from '../../../contracts/rules/state.ts';
import { collect, decideTransfer, misfitOf } from '../../../contracts/rules/transfer.ts';
import type { Actor } from '../../../kernel/auth/actor.ts';
import type { Clock } from '../../../kernel/clock.ts';
import { Failure } from '../../../kernel/errors.ts';
import type { Keyring } from '../../../kernel/keys/keyring.ts';
import type { Ledger } from '../../../kernel/ledger/port.ts';
import type { Projector } from '../../../kernel/views/projection.ts';
import { type Agreement, type AgreementCommand, noAgreement } from '../domain/agreement.ts';
import type { ConsentServiceEvent } from '../domain/event.ts';
import type { Transfer, TransferRefused, TransferRequested } from '../domain/transfer.ts';
import type { AgreementStreams, Known } from './agreementStreams.ts';
import { actorOf, agentOf, type Caller } from './caller.ts';
import type { OpenedPolicy } from './ledger.ts';
import { type Pseudonyms, pseudonymsOf } from './pseudonyms.ts';
import type { Settle } from './settle.ts';
import { agreementPseudonym, openedTerms } from './sharingLedger.ts';
import type { PatientStreams } from './streams.ts';

/** A transfer that the ledger's contract has authorised. */
export interface Authorised extends Known {
  transfer: Transfer;
  /** The agreement's pseudonym: the ledger itself can be asked about the transfer. */
  pseudonym: string;
}

export interface Transfers {
  /**
   * Has the ledger decide whether data may be handed to the caller now; what it refuses is recorded too.
   * @param key Idempotency-Key; empty: none
   * @throws Failure `forbidden` where the agreement or the consents do not let it be
   */
  authorise(caller: Caller, agreement: string, patient: string, key: string): Promise<Authorised>;
  /** The receipt of what was handed over: SHA-256, hex, and the number of bytes. */
  fulfil(
    caller: Caller,
    agreement: string,
    transfer: number,
    receipt: { sha256: string; bytes: number },
  ): Promise<void>;
}

interface Parts {
  agreements: AgreementStreams;
  streams: PatientStreams;
  projector: Projector<ConsentServiceEvent>;
  settle: Settle;
  ledger: Ledger;
  keyring: Keyring;
  deployment: Deployment;
  clock: Clock;
}

/** Consents that move this often within one authorisation are somebody's loop. */
const attempts = 5;

export function transfers(parts: Parts): Transfers {
  const { agreements, streams, projector, settle, ledger, keyring, deployment, clock } = parts;

  /** @throws Failure `forbidden` where what was appended is a refusal */
  async function change(id: string, plan: (state: Agreement) => AgreementCommand): Promise<Agreement> {
    const { agreement, recorded } = await agreements.change(id, (state) => [plan(requireKnown(state))]);
    await projector.apply(recorded);
    const refused = recorded.find(({ event }) => event.type === 'TransferRefused')?.event as
      | TransferRefused
      | undefined;
    if (refused) throw new Failure('forbidden', refused.reason);
    return agreement;
  }

  /** Has the ledger decide on the transfer that is pending. */
  async function decidePending(id: string, { proposal }: Agreement, pending: TransferRequested): Promise<Agreement> {
    const pseudonyms = pseudonymsOf(await streams.secret(proposal.patient));
    await settle.agreement(id);
    for (let attempt = 1; ; attempt += 1) {
      const policy = await settle.policy(proposal.patient);
      try {
        const args = [JSON.stringify({ agreement: agreementPseudonym(pseudonyms, id), transfer: pending.transfer })];
        const transient = { ...openedTerms(pseudonyms, id, proposal.terms), ...shown(pseudonyms, id, pending, policy) };
        const { result, block } = await ledger.submit({ contract: 'sharing', fn: 'authorise', args, transient });
        return await authorised(id, pending, JSON.parse(result), block, pseudonyms);
      } catch (error) {
        if (!(error instanceof Failure && error.code === 'business-rule')) throw error;
        const moved = (await streams.head(proposal.patient)) !== policy.head.version;
        if (moved && attempt < attempts) continue;
        return change(id, () => ({ type: 'refuse', reason: error.message, at: clock.now(), by: pending.by }));
      }
    }
  }

  const shown = (pseudonyms: Pseudonyms, id: string, { transfer, question }: TransferRequested, of: OpenedPolicy) => ({
    policy: Buffer.from(of.text),
    policySalt: of.salt,
    deployment: Buffer.from(JSON.stringify(deployment)),
    question: Buffer.from(JSON.stringify(question)),
    questionSalt: pseudonyms.salt(`question/${id}/${transfer}`),
    verdictSalt: pseudonyms.salt(`verdict/${id}/${transfer}`),
  });

  /** Records what the ledger said, where it is what the rules say here. */
  async function authorised(
    id: string,
    { transfer, question, by }: TransferRequested,
    committed: Committed,
    block: number,
    pseudonyms: Pseudonyms,
  ): Promise<Agreement> {
    const { time: at, head: version, transaction } = committed;
    const { rules } = await streams.upTo(question.patient, version);
    const decision = decideTransfer(rules, { ...question, at }, deployment);
    const verdict = commitment(pseudonyms.salt(`verdict/${id}/${transfer}`), canonical(decision));
    if (verdict !== committed.verdict)
      throw new Failure('exception', 'The ledger came to another verdict than the rules here: nothing is handed over.');
    const { basis } = decision;
    return change(id, () => ({
      type: 'authorised',
      transfer,
      basis,
      version,
      transaction,
      block,
      at,
      by,
    }));
  }

  async function request(caller: Caller, id: string, question: TimelessQuestion, key?: string): Promise<Agreement> {
    const { rules } = await streams.current(question.patient);
    const at = clock.now();
    return change(id, (state) => {
      const misfit = unfit(state, { ...question, at }) ?? unpermitted(rules, { ...question, at }, deployment);
      return { type: 'request', question, at, by: agentOf(caller), ...(key && { key }), ...(misfit && { misfit }) };
    });
  }

  return {
    authorise(caller, id, patient, key) {
      const actor = actorOf(caller);
      const keyed = key ? keyring.mac(`transfer/${actor.subject}/${key}`) : undefined;
      return agreements.inTurn(id, async () => {
        const known = requireKnown(await agreements.find(id));
        const { patient: of, requester } = known.proposal;
        if (of !== patient || requester !== actor.organization) throw noAgreement();
        const { pending: left } = known.transfers; // of a process that ended before the ledger had said
        if (left) await decidePending(id, known, left).catch(unlessForbidden);
        const asked = await request(caller, id, questionOf(actor, patient), keyed);
        const { pending } = asked.transfers;
        const agreement = pending ? await decidePending(id, asked, pending) : asked;
        const { done } = agreement.transfers;
        const transfer = pending ? done[pending.transfer - 1] : done.find((each) => each.key === keyed);
        const pseudonym = agreementPseudonym(pseudonymsOf(await streams.secret(patient)), id);
        return { id, agreement, transfer: transfer!, pseudonym };
      });
    },
    async fulfil(caller, id, transfer, receipt) {
      const by = agentOf(caller);
      await change(id, () => ({ type: 'fulfil', transfer, ...receipt, at: clock.now(), by }));
    },
  };
}

function requireKnown(agreement: Agreement | undefined): Agreement {
  if (agreement) return agreement;
  throw noAgreement();
}

function unlessForbidden(error: unknown): void {
  if (!(error instanceof Failure && error.code === 'forbidden')) throw error;
}

function questionOf(
  { subject, organization = '', role, careTeams, purpose }: Actor,
  patient: string,
): TimelessQuestion {
  return { patient, actor: { subject, organization, role, careTeams }, action: collect, purpose };
}

type Question = Parameters<typeof misfitOf>[0];

function unfit({ status, proposal }: Agreement, question: Question): string | undefined {
  if (status === 'proposed') return 'The patient has not agreed yet.';
  if (status === 'ended') return 'The agreement has ended.';
  return misfitOf(question, proposal.requester, proposal.terms);
}

const unpermitted = (...asked: Parameters<typeof decideTransfer>): string | undefined =>
  decideTransfer(...asked).permit ? undefined : 'The consents in force do not let this be handed over.';
