import { createHash } from 'node:crypto';
import { timestampDate } from '@bufbuild/protobuf/wkt';
import { collect } from '../../../contracts/rules/transfer.ts';
import { Failure } from '../../../kernel/errors.ts';
import type { Ledger } from '../../../kernel/ledger/port.ts';
import type { Client } from '../../../kernel/rpc/port.ts';
import type {
  AuthoriseTransferResponse,
  ConsentService,
} from '../../../proto/gen/healthchain/consent/v1/consent_pb.ts';
import { collection } from './answers.ts';
import { type Caller, mayUse, requireScope } from './caller.ts';
import type { Compartments } from './compartments.ts';
import type { Contents } from './content.ts';
import { notForYou } from './decision.ts';
import type { Directory } from './directory.ts';
import { patientFirst } from './everything.ts';
import type { Choice, Guard, Verdict } from './guard.ts';
import type { Resources } from './resources.ts';
import type { Entry } from './views.ts';

/** A patient's summary as it is handed to another organisation. */
export interface HandedOver {
  /** A collection Bundle, JSON. */
  json: string;
  /** Of its UTF-8 bytes: the receipt that the ledger keeps, salted. */
  sha256: Uint8Array;
  /** Number of the transfer within the agreement, and the ledger's transaction that authorised it. */
  transfer: number;
  transaction: string;
}

export interface ShareRequest {
  patient: string;
  agreement: string;
  /** Idempotency-Key: the same transfer once more. */
  key?: string;
}

/**
 * Hands over what an agreement is about of what its custodian wrote: once the ledger has authorised it, and as far as
 * the consents permit now.
 * @throws Failure `forbidden` where either does not let it be; `not-found` for an agreement that is not the caller's
 */
export type Share = (caller: Caller, request: ShareRequest) => Promise<HandedOver>;

interface Parts {
  consent: Pick<Client<typeof ConsentService>, 'authoriseTransfer' | 'fulfilTransfer'>;
  ledger: Ledger;
  guard: Guard;
  compartments: Compartments;
  contents: Contents;
  directory: Directory;
  resources: Resources;
  fhirBase: string;
}

export function share(parts: Parts): Share {
  const { consent, ledger, guard, compartments, contents, directory, resources, fhirBase } = parts;

  /** The consent service's word is not enough: the authorisation stands on the ledger. */
  async function requireCommitted({ pseudonym, transfer, transaction }: AuthoriseTransferResponse): Promise<void> {
    const args = [pseudonym, String(transfer)];
    const committed = JSON.parse(await ledger.evaluate({ contract: 'sharing', fn: 'transfer', args }));
    if (committed.transaction === transaction) return;
    throw new Failure('forbidden', 'The ledger has authorised no such transfer.');
  }

  async function bundle(asked: ShareRequest, authorised: AuthoriseTransferResponse, shown: Entry[]): Promise<string> {
    const texts = await resources.texts(shown);
    const head = {
      identifier: { system: 'urn:healthchain:transfer', value: `${asked.agreement}/${authorised.transfer}` },
      timestamp: timestampDate(authorised.authorisedAt!).toISOString(),
    };
    const entries = shown.map(({ type, id }, at) => ({ type, id, json: texts[at]! }));
    return collection(head, entries, fhirBase);
  }

  return async (caller, asked) => {
    requireScope(caller, 'Patient', 'r');
    const { patient, agreement, key = '' } = asked;
    const options = { token: caller.token, requestId: caller.request };
    const authorised = await consent.authoriseTransfer({ agreement, patient, idempotencyKey: key }, options);
    await requireCommitted(authorised);
    const { transfer, transaction, custodian, dataClasses } = authorised;
    const wanted = (await compartments.load(patient))
      .filter(({ type, author }) => author === custodian && dataClasses.includes(type))
      .sort(patientFirst);

    async function choose(verdict: Verdict): Promise<Choice<HandedOver>> {
      const may = (entry: Entry) => mayUse(caller, entry.type, 'r') && verdict.permits(contents.guardedEntry(entry));
      const entries = wanted.filter(may);
      const shown = [...entries, ...(await directory(entries)).filter(may)];
      const json = await bundle(asked, authorised, shown);
      const sha256 = createHash('sha256').update(json).digest();
      const size = BigInt(Buffer.byteLength(json));
      return {
        entities: shown.map(({ type, id, version }) => ({ type, id, version })),
        custodian,
        answer: { json, sha256, transfer, transaction },
        receipt: async () => void (await consent.fulfilTransfer({ agreement, transfer, sha256, size }, options)),
      };
    }

    const query = `Patient/${patient}/$share?agreement=${agreement}`;
    return guard.answer({ caller, patients: [patient], query, action: collect }, (verdict) => {
      if (verdict.open(patient)) return choose(verdict);
      return { entities: [{ type: 'Patient', id: patient }], custodian, refusal: notForYou() };
    });
  };
}
