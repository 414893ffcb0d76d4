import type { Agreement, Transfer } from '../../../contracts/agreement.ts';
import { canonical } from '../../../contracts/canonical.ts';
import { commitment } from '../../../contracts/opened.ts';
import type { Transaction } from '../../../kernel/ledger/port.ts';
import { type AgreementEvent, agreement } from '../domain/agreement.ts';
import { idOf } from './agreementStreams.ts';
import type { Compared, Difference } from './difference.ts';
import { isEntered } from './ledger.ts';
import { pseudonymsOf } from './pseudonyms.ts';
import { agreementPseudonym, receiptSalt } from './sharingLedger.ts';

/** Where the ledger's agreement and its transfers are not what the stream comes to. */
export async function comparedAgreement(of: Compared): Promise<Difference[]> {
  const { streams, transactions, read, stream, events, entered } = of;
  const id = idOf(stream);
  const pseudonym = agreementPseudonym(pseudonymsOf(await streams.secret(events[0]!.owner)), id);
  const kept = (await read('sharing', 'agreement', pseudonym)) as Agreement | undefined;
  const name = `Agreement/${id}`;
  if (!kept) return [{ kind: 'missing', of: name, ledger: '' }];
  const told = events.filter((each) => isEntered(each) && each.event.type !== 'TransferFulfilled');
  const said = await Promise.all(
    told.map(async (each) => ({ due: each.version <= entered, tx: await transactions.of(each) })),
  );
  const kinds = said.map(({ due, tx }) => kindOf(kept, tx, due));
  const found = [...kinds, ...(await comparedTransfers(of, pseudonym, kept))];
  return [...new Set(found)].flatMap((kind) => (kind ? [{ kind, of: name, ledger: canonical(kept) }] : []));
}

type Kind = Difference['kind'] | undefined;

/** What the ledger keeps of one transaction's request. */
function kindOf(kept: Agreement, { fn, args }: Transaction, due: boolean): Kind {
  const { policy, requester, custodian, terms, acceptance, reason, at, attestation } = JSON.parse(args[0]!);
  const pairs = {
    propose: [{ policy, requester, custodian, terms }, pick(kept)],
    accept: [acceptance, kept.acceptance],
    end: [{ reason, at }, kept.end],
    attest: [attestation, kept.attestation],
  }[fn]!;
  const [own, theirs] = pairs;
  if (theirs === undefined) return due ? 'missing' : undefined;
  return canonical(own) === canonical(theirs) ? undefined : 'different';
}

const pick = ({ policy, requester, custodian, terms }: Agreement) => ({ policy, requester, custodian, terms });

/** A transfer that the ledger has just authorised may still be pending here. */
async function comparedTransfers(
  { streams, read, stream, events, entered }: Compared,
  pseudonym: string,
  kept: Agreement,
) {
  const all = events.map(({ event }) => event as AgreementEvent);
  const { done, pending } = all.reduce(agreement.evolve, agreement.initial)!.transfers;
  const kinds: Kind[] = [];
  if (kept.transfers > done.length + (pending ? 1 : 0)) kinds.push('unknown');
  const pseudonyms = pseudonymsOf(await streams.secret(events[0]!.owner));
  for (const { number, authorised, receipt } of done) {
    const transfer = (await read('sharing', 'transfer', pseudonym, String(number))) as Transfer | undefined;
    if (!transfer) kinds.push('missing');
    else if (transfer.transaction !== authorised.transaction) kinds.push('different');
    const salt = receiptSalt(pseudonyms, idOf(stream), number);
    const own = receipt && commitment(salt, receipt.sha256);
    if (transfer?.receipt !== undefined && transfer.receipt !== own) kinds.push('different');
    const isDue = events.some(({ event, version }) => isFulfilled(event, number) && version <= entered);
    if (isDue && transfer && transfer.receipt === undefined) kinds.push('missing');
  }
  return kinds;
}

const isFulfilled = (event: { type: string; transfer?: number }, number: number): boolean =>
  event.type === 'TransferFulfilled' && event.transfer === number;
