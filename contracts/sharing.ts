import {
  type Agreement,
  agreementKey,
  agreementOf,
  type EndReason,
  endReasons,
  keep,
  keepTransfer,
  refused,
  requireActingFor,
  requireRegistered,
  type Transfer,
  transferOf,
} from './agreement.ts';
import { decided, openTerms, questionOf, requireFrequency } from './authorise.ts';
import { canonical } from './canonical.ts';
import { argument, count, hash64, type Input, object, text } from './input.ts';
import { commitment, saltOf, unhashed } from './opened.ts';
import { identifier } from './registry.ts';
import type { Terms } from './rules/terms.ts';
import type { ContractState } from './state.ts';

/**
 * Sharing between organisations: propose → accept → authorise and fulfil for each transfer → end → attest. What was said
 * before, said again, is success and changes nothing; something else in its place is refused `conflict`.
 */
export class SharingContract {
  readonly name = 'sharing';

  /**
   * The requester asks. Transient: `terms` and `termsSalt`.
   * @param request `{ agreement, policy, requester, custodian, terms, at }`; `at` is when it was decided
   * @returns the `Agreement` as it is kept; so do accept, end and attest
   */
  async propose(state: ContractState, request: string): Promise<string> {
    const input = object(request);
    const claim = proposalOf(input);
    const stored = await state.get(agreementKey(claim.agreement));
    if (stored !== undefined) return sameProposal(stored, claim);
    await requireActingFor(state, claim.requester);
    await requireRegistered(state, claim.custodian);
    const terms = openTerms(state, claim);
    if (count(input, 'at', 0) >= terms.until) throw refused('invalid', 'The period would be over already.');
    return keep(state, 'proposed', { ...claim, state: 'proposed', transfers: 0 });
  }

  /**
   * The patient agrees, themself or by a consent that covers it; the custodian says so. Transient: `terms`, `termsSalt`.
   * @param request `{ agreement, acceptance, at }`
   */
  async accept(state: ContractState, request: string): Promise<string> {
    const input = object(request);
    const agreement = await agreementOf(state, input);
    const acceptance = text(input, 'acceptance', hash64.pattern, hash64.what);
    if (agreement.acceptance === acceptance) return JSON.stringify(agreement);
    await requireActingFor(state, agreement.custodian);
    if (agreement.state !== 'proposed') throw refused('conflict', `The agreement is ${agreement.state} already.`);
    if (count(input, 'at', 0) >= openTerms(state, agreement).until)
      throw refused('conflict', 'The period of the agreement is over.');
    return keep(state, 'accepted', { ...agreement, state: 'accepted', acceptance });
  }

  /**
   * Decides on one transfer, with the rules of the consent service, at the transaction's time; the custodian asks. The
   * emitted `authorised` is what nothing is handed over without. Transient: `terms`, `termsSalt`; `policy` (`policyText`)
   * and `policySalt`; `deployment`; `question`, asked at the transaction's time whatever its own
   * says, and `questionSalt`; `verdictSalt`.
   * @param request `{ agreement, transfer }`: the number of the transfer, one more than the last
   * @returns the `Transfer`. Refuses `forbidden` where rules or terms do not let it be, `conflict` where the policy is
   *   not the newest
   */
  async authorise(state: ContractState, request: string): Promise<string> {
    const input = object(request);
    const agreement = await agreementOf(state, input);
    const transfer = count(input, 'transfer', 1);
    await requireActingFor(state, agreement.custodian);
    const asked = questionOf(unhashed(state, 'question'));
    const question = commitment(saltOf(state, 'question'), canonical(asked));
    if (transfer <= agreement.transfers) return sameTransfer(await transferOf(state, agreement, transfer), question);
    if (transfer !== agreement.transfers + 1) throw refused('conflict', 'The transfers before this one are missing.');
    if (agreement.state !== 'accepted') throw refused('forbidden', `The agreement is ${agreement.state}.`);
    const terms = openTerms(state, agreement);
    await requireFrequency(state, agreement, terms);
    const { verdict, head } = await decided(state, agreement, terms, asked);
    await state.put(agreementKey(agreement.agreement), JSON.stringify({ ...agreement, transfers: transfer }));
    const place = { agreement: agreement.agreement, transfer, state: 'authorised' } as const;
    return keepTransfer(state, { ...place, question, verdict, head, time: state.time, transaction: state.id });
  }

  /**
   * Data were handed over: true whatever became of the agreement since. The custodian says so.
   * @param request `{ agreement, transfer, receipt }`
   */
  async fulfil(state: ContractState, request: string): Promise<string> {
    const input = object(request);
    const agreement = await agreementOf(state, input);
    const transfer = await transferOf(state, agreement, count(input, 'transfer', 1));
    const receipt = text(input, 'receipt', hash64.pattern, hash64.what);
    if (transfer.receipt === receipt) return JSON.stringify(transfer);
    await requireActingFor(state, agreement.custodian);
    if (transfer.receipt !== undefined) throw refused('conflict', 'The transfer has another receipt.');
    return keepTransfer(state, { ...transfer, state: 'fulfilled', receipt });
  }

  /**
   * Ends it; either organisation says so. A proposal is `declined` or `withdrawn`, an accepted agreement `revoked` or
   * `withdrawn`, either of them `expired` once their period is over. Transient: `terms`, `termsSalt`.
   * @param request `{ agreement, reason, at }`
   */
  async end(state: ContractState, request: string): Promise<string> {
    const input = object(request);
    const agreement = await agreementOf(state, input);
    const reason = text(input, 'reason', reasons, `one of ${endReasons.join(', ')}`) as EndReason;
    const end = { reason, at: count(input, 'at', 0) };
    if (agreement.end && canonical(agreement.end) === canonical(end)) return JSON.stringify(agreement);
    await requireActingFor(state, agreement.requester, agreement.custodian);
    requireEnding(agreement, end, openTerms(state, agreement));
    return keep(state, 'ended', { ...agreement, state: 'ended', end });
  }

  /**
   * The requester's word that it holds nothing any more of what it received.
   * @param request `{ agreement, attestation }`
   */
  async attest(state: ContractState, request: string): Promise<string> {
    const input = object(request);
    const agreement = await agreementOf(state, input);
    const attestation = text(input, 'attestation', hash64.pattern, hash64.what);
    if (agreement.attestation === attestation) return JSON.stringify(agreement);
    await requireActingFor(state, agreement.requester);
    if (agreement.attestation !== undefined) throw refused('conflict', 'The deletion is attested already.');
    if (agreement.state !== 'ended') throw refused('conflict', 'The agreement has not ended.');
    if (agreement.transfers === 0) throw refused('conflict', 'Nothing was authorised that could be deleted.');
    return keep(state, 'attested', { ...agreement, attestation });
  }

  /** An `Agreement`. Refuses `not-found`. */
  async agreement(state: ContractState, agreement: string): Promise<string> {
    return JSON.stringify(await agreementOf(state, { agreement }));
  }

  /** A `Transfer` by its number. Refuses `not-found`. */
  async transfer(state: ContractState, agreement: string, number: string): Promise<string> {
    const of = await agreementOf(state, { agreement });
    const transfer = Number(argument(number, 'transfer', /^[1-9]\d{0,14}$/, 'a number from 1 on'));
    return JSON.stringify(await transferOf(state, of, transfer));
  }
}

type Proposal = Pick<Agreement, 'agreement' | 'policy' | 'requester' | 'custodian' | 'terms'>;

function proposalOf(input: Input): Proposal {
  const proposal = {
    agreement: text(input, 'agreement', hash64.pattern, hash64.what),
    policy: text(input, 'policy', hash64.pattern, hash64.what),
    requester: text(input, 'requester', identifier.pattern, identifier.what),
    custodian: text(input, 'custodian', identifier.pattern, identifier.what),
    terms: text(input, 'terms', hash64.pattern, hash64.what),
  };
  if (proposal.requester !== proposal.custodian) return proposal;
  throw refused('invalid', 'An organisation needs no agreement with itself.');
}

function sameProposal(stored: string, claim: Proposal): string {
  const { agreement, policy, requester, custodian, terms }: Agreement = JSON.parse(stored);
  if (canonical({ agreement, policy, requester, custodian, terms }) === canonical(claim)) return stored;
  throw refused('conflict', 'The agreement was proposed with other content.');
}

function sameTransfer(stored: Transfer, question: string): string {
  if (stored.question === question) return JSON.stringify(stored);
  throw refused('conflict', `Transfer ${stored.transfer} was authorised for another question.`);
}

const reasons = new RegExp(`^(${endReasons.join('|')})$`);

function requireEnding(agreement: Agreement, { reason, at }: NonNullable<Agreement['end']>, { until }: Terms): void {
  if (agreement.end) throw refused('conflict', `The agreement has ended already: ${agreement.end.reason}.`);
  if (reason === 'expired' && at < until) throw refused('conflict', 'The period of the agreement is not over.');
  if (reason === 'declined' && agreement.state !== 'proposed')
    throw refused('conflict', 'An agreement that was accepted is revoked, not declined.');
  if (reason === 'revoked' && agreement.state !== 'accepted')
    throw refused('conflict', 'A proposal is declined, not revoked.');
}
