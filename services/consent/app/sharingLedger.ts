import { canonical } from '../../../contracts/canonical.ts';
import { commitment } from '../../../contracts/opened.ts';
import type { Terms } from '../../../contracts/rules/terms.ts';
import type { Recorded } from '../../../kernel/eventstore/sealed.ts';
import type { Transaction } from '../../../kernel/ledger/port.ts';
import type { AgreementEvent } from '../domain/agreement.ts';
import { idOf } from './agreementStreams.ts';
import { type Pseudonyms, patientPseudonym } from './pseudonyms.ts';

/** Events of agreements that are entered after they happened. A transfer is authorised by the ledger itself. */
export const agreementTypes = [
  'AgreementProposed',
  'AgreementAccepted',
  'TransferFulfilled',
  'AgreementEnded',
  'DeletionAttested',
] as const satisfies AgreementEvent['type'][];

export const agreementPseudonym = (pseudonyms: Pseudonyms, id: string): string => pseudonyms.of(`agreement/${id}`);

/** The terms as the contract is shown them. */
export const openedTerms = (pseudonyms: Pseudonyms, id: string, terms: Terms) => ({
  terms: Buffer.from(canonical(terms)),
  termsSalt: pseudonyms.salt(`terms/${id}`),
});

/** What the hash of a receipt is salted with. */
export const receiptSalt = (pseudonyms: Pseudonyms, id: string, transfer: number): Buffer =>
  pseudonyms.salt(`receipt/${id}/${transfer}`);

/** The transaction that enters an event of an agreement with these terms. */
export function agreementTransaction(
  pseudonyms: Pseudonyms,
  terms: Terms,
  { id, stream, event }: Recorded<AgreementEvent>,
): Transaction {
  const of = idOf(stream);
  const opened = openedTerms(pseudonyms, of, terms);
  const request = { agreement: agreementPseudonym(pseudonyms, of) };
  const said = commitment(pseudonyms.salt(id), JSON.stringify(event));
  const sharing = (fn: string, more: object, transient?: Transaction['transient']): Transaction => {
    const args = [JSON.stringify({ ...request, ...more })];
    return { contract: 'sharing', fn, args, ...(transient && { transient }) };
  };
  switch (event.type) {
    case 'AgreementProposed': {
      const { requester, custodian, at } = event;
      const hash = commitment(opened.termsSalt, opened.terms);
      const policy = patientPseudonym(pseudonyms);
      return sharing('propose', { policy, requester, custodian, terms: hash, at }, opened);
    }
    case 'AgreementAccepted':
      return sharing('accept', { acceptance: said, at: event.at }, opened);
    case 'TransferFulfilled': {
      const { transfer, sha256 } = event;
      return sharing('fulfil', { transfer, receipt: commitment(receiptSalt(pseudonyms, of, transfer), sha256) });
    }
    case 'AgreementEnded':
      return sharing('end', { reason: event.reason, at: event.at }, opened);
    case 'DeletionAttested':
      return sharing('attest', { attestation: said });
    default:
      throw new Error(`${event.type} is not entered in the ledger`);
  }
}
