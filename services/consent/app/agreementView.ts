import type { EndReason } from '../../../contracts/agreement.ts';
import type { Terms } from '../../../contracts/rules/terms.ts';
import { type Agreement, isLate } from '../domain/agreement.ts';
import type { Transfer } from '../domain/transfer.ts';
import type { Known } from './agreementStreams.ts';
import type { Pseudonyms } from './pseudonyms.ts';
import { agreementPseudonym, receiptSalt } from './sharingLedger.ts';

/** An agreement as the patient and the two organisations see it. Times in milliseconds since the epoch. */
export interface AgreementView {
  id: string;
  patient: string;
  requester: string;
  custodian: string;
  terms: Terms;
  status: Agreement['status'];
  proposedAt: number;
  /** The consent that it rests on, and whether it stood before. */
  consent?: string;
  standing: boolean;
  transfers: ShownTransfer[];
  endReason?: EndReason;
  endedAt?: number;
  /** The recipient is to attest the deletion by then; undefined: there is nothing to delete. */
  eraseBy?: number;
  attestedAt?: number;
  /** The deletion is not attested in time. */
  late: boolean;
  /** The agreement on the ledger. */
  pseudonym: string;
}

/** With the salt that proves its receipt against the ledger. */
export type ShownTransfer = Transfer & { salt: Buffer };

export function viewOf({ id, agreement }: Known, pseudonyms: Pseudonyms, now: number): AgreementView {
  const { proposal, status, acceptance, end, attestation, transfers } = agreement;
  const { patient, requester, custodian, terms, at: proposedAt } = proposal;
  return {
    ...{ id, patient, requester, custodian, terms, status, proposedAt },
    ...(acceptance && { consent: acceptance.consent }),
    standing: acceptance?.how === 'standing',
    transfers: transfers.done.map((each) => ({ ...each, salt: receiptSalt(pseudonyms, id, each.number) })),
    ...(end && { endReason: end.reason, endedAt: end.at }),
    ...(end?.eraseBy !== undefined && { eraseBy: end.eraseBy }),
    ...(attestation && { attestedAt: attestation.at }),
    late: isLate(agreement, now),
    pseudonym: agreementPseudonym(pseudonyms, id),
  };
}
