import type { MessageInitShape } from '@bufbuild/protobuf';
import { durationMs, type Timestamp, timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
import type { Terms } from '../../../contracts/rules/terms.ts';
import { Failure } from '../../../kernel/errors.ts';
import type { Implementation, Policy } from '../../../kernel/rpc/port.ts';
import {
  type AgreementSchema,
  type AgreementTerms,
  type ConsentService,
  Agreement_Status as Status,
} from '../../../proto/gen/healthchain/consent/v1/consent_pb.ts';
import type { AgreementView } from '../app/agreementView.ts';
import type { ConsentApp } from '../app/app.ts';

type Rpcs =
  | 'proposeAgreement'
  | 'acceptAgreement'
  | 'endAgreement'
  | 'attestDeletion'
  | 'getAgreement'
  | 'listAgreements'
  | 'authoriseTransfer'
  | 'fulfilTransfer';

export const sharingPolicy: Pick<Policy<typeof ConsentService>, Rpcs> = {
  proposeAgreement: { scope: 'Patient.r' },
  acceptAgreement: { scope: 'Consent.c' },
  endAgreement: { scope: 'Consent.u' },
  attestDeletion: 'token',
  getAgreement: { scope: 'Consent.r' },
  listAgreements: { scope: 'Consent.s' },
  authoriseTransfer: 'services',
  fulfilTransfer: 'services',
};

/** Sharing agreements over gRPC. */
export function sharingHandlers({
  agreements,
  transfers,
}: ConsentApp): Pick<Implementation<typeof ConsentService>, Rpcs> {
  return {
    async proposeAgreement({ patient, custodian, terms, idempotencyKey }, context) {
      const proposal = { patient, custodian, terms: termsOf(terms) };
      return agreementMessage(await agreements.propose(context, proposal, idempotencyKey));
    },
    acceptAgreement: async ({ id }, context) => agreementMessage(await agreements.accept(context, id)),
    endAgreement: async ({ id }, context) => agreementMessage(await agreements.end(context, id)),
    attestDeletion: async ({ id, text }, context) => agreementMessage(await agreements.attest(context, id, text)),
    getAgreement: async ({ id }, context) => agreementMessage(await agreements.read(context, id)),
    async listAgreements(asked, context) {
      return { agreements: (await agreements.list(context, asked)).map(agreementMessage) };
    },
    async authoriseTransfer({ agreement: id, patient, idempotencyKey }, context) {
      const { agreement, transfer, pseudonym } = await transfers.authorise(context, id, patient, idempotencyKey);
      const { custodian, terms } = agreement.proposal;
      const { at, transaction } = transfer.authorised;
      const { number } = transfer;
      return {
        ...{ transfer: number, custodian, dataClasses: [...terms.dataClasses], transaction, pseudonym },
        authorisedAt: timestampFromMs(at),
      };
    },
    async fulfilTransfer({ agreement, transfer, sha256, size }, context) {
      const receipt = { sha256: Buffer.from(sha256).toString('hex'), bytes: Number(size) };
      await transfers.fulfil(context, agreement, transfer, receipt);
      return {};
    },
  };
}

const day = 24 * 3600_000;

function termsOf(terms: AgreementTerms | undefined): Terms {
  if (!terms?.until) throw new Failure('required', 'Say until when: the terms have an end.', { expression: ['until'] });
  const { purposeOfUse, dataClasses, recipientRole, from, until, transfers, window, eraseAt } = terms;
  return {
    ...{ purpose: purposeOfUse || 'TREAT', dataClasses, recipientRole: recipientRole || 'practitioner' },
    ...{ from: from ? timestampMs(from) : 0, until: timestampMs(until) },
    frequency: { transfers: transfers || 1, window: window ? durationMs(window) : day },
    eraseAt: timestampMs(eraseAt ?? until),
  };
}

const statuses = { proposed: Status.PROPOSED, accepted: Status.ACCEPTED, ended: Status.ENDED };

function agreementMessage(view: AgreementView): MessageInitShape<typeof AgreementSchema> {
  const { id, patient, requester, custodian, status, consent, standing, late, endReason, pseudonym } = view;
  const { endedAt, eraseBy, attestedAt, proposedAt, terms } = view;
  return {
    ...{ id, patient, requester, custodian, status: statuses[status], consent, standing, late, endReason, pseudonym },
    terms: termsMessage(terms),
    transfers: view.transfers.map(transferMessage),
    ...times({ endedAt, eraseBy, deletionAttestedAt: attestedAt, proposedAt }),
  };
}

function termsMessage({ purpose, dataClasses, recipientRole, from, until, frequency, eraseAt }: Terms) {
  const { transfers, window } = frequency;
  return {
    ...{ purposeOfUse: purpose, dataClasses: [...dataClasses], recipientRole, transfers },
    ...times({ from: from || undefined, until, eraseAt }),
    window: { seconds: BigInt(Math.floor(window / 1000)), nanos: (window % 1000) * 1_000_000 },
  };
}

function transferMessage({ number, authorised, receipt, salt }: AgreementView['transfers'][number]) {
  const { at, basis, transaction, block } = authorised;
  return {
    ...{ number, basis, transaction, block: BigInt(block), authorisedAt: timestampFromMs(at) },
    ...(receipt && {
      receipt: {
        sha256: Buffer.from(receipt.sha256, 'hex'),
        size: BigInt(receipt.bytes),
        at: timestampFromMs(receipt.at),
        salt,
      },
    }),
  };
}

/** Of what is there only. */
function times<K extends string>(all: Record<K, number | undefined>): { [N in K]?: Timestamp } {
  const there = Object.entries<number | undefined>(all).filter(([, time]) => time !== undefined);
  return Object.fromEntries(there.map(([name, time]) => [name, timestampFromMs(time!)])) as { [N in K]?: Timestamp };
}
