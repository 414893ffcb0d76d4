import type { Agreement as Kept, Transfer as KeptTransfer } from '../../../contracts/agreement.ts';
import { canonical } from '../../../contracts/canonical.ts';
import { commitment } from '../../../contracts/opened.ts';
import type { Transaction } from '../../../kernel/ledger/port.ts';
import { type AgreementEvent, agreement } from '../domain/agreement.ts';
import type { Transfer } from '../domain/transfer.ts';
import { idOf } from './agreementStreams.ts';
import type { Compared, Difference } from './difference.ts';
import { isEntered } from './ledger.ts';
import { type Pseudonyms, pseudonymsOf } from './pseudonyms.ts';
import { agreementPseudonym, receiptSalt } from './sharingLedger.ts';

type Kind = Difference['kind'] | undefined;

/** Where the ledger's agreement and its transfers are not what the stream comes to; each kind of difference once. */
export async function comparedAgreement(of: Compared): Promise<Difference[]> {
  const pseudonyms = pseudonymsOf(await of.streams.secret(of.events[0]!.owner));
  const id = idOf(of.stream);
  const pseudonym = agreementPseudonym(pseudonyms, id);
  const kept = (await of.read('sharing', 'agreement', pseudonym)) as Kept | undefined;
  const kinds = kept
    ? [...(await statedKinds(of, kept)), ...(await transferKinds(of, pseudonyms, kept))]
    : ['missing' as const];
  const found = new Set(kinds.filter((kind) => kind !== undefined));
  return [...found].map((kind) => ({ kind, of: `Agreement/${id}`, ledger: canonical(kept ?? null) }));
}

/** What was proposed, accepted, ended and attested. */
async function statedKinds({ transactions, events, entered }: Compared, kept: Kept): Promise<Kind[]> {
  const stated = events.filter((each) => isEntered(each) && each.event.type !== 'TransferFulfilled');
  return Promise.all(stated.map(async (each) => kindOf(kept, await transactions.of(each), each.version <= entered)));
}

/** @param due whether the ledger must have it */
function kindOf(kept: Kept, { fn, args }: Transaction, due: boolean): Kind {
  const { policy, requester, custodian, terms, acceptance, reason, at, attestation } = JSON.parse(args[0]!);
  const [own, theirs] = {
    propose: [{ policy, requester, custodian, terms }, proposalIn(kept)],
    accept: [acceptance, kept.acceptance],
    end: [{ reason, at }, kept.end],
    attest: [attestation, kept.attestation],
  }[fn]!;
  if (theirs === undefined) return due ? 'missing' : undefined;
  return canonical(own) === canonical(theirs) ? undefined : 'different';
}

const proposalIn = ({ policy, requester, custodian, terms }: Kept) => ({ policy, requester, custodian, terms });

/** A transfer that the ledger has just authorised may still be pending here. */
async function transferKinds(of: Compared, pseudonyms: Pseudonyms, kept: Kept): Promise<Kind[]> {
  const { read, stream, events, entered } = of;
  const state = events.reduce(
    (before, { event }) => agreement.evolve(before, event as AgreementEvent),
    agreement.initial,
  );
  const { done, pending } = state!.transfers;
  const fulfilled = new Map(
    events.flatMap(({ event, version }) => (event.type === 'TransferFulfilled' ? [[event.transfer, version]] : [])),
  );
  const kinds = done.map(async (transfer): Promise<Kind> => {
    const args = [kept.agreement, String(transfer.number)];
    const found = (await read('sharing', 'transfer', ...args)) as KeptTransfer | undefined;
    const salt = receiptSalt(pseudonyms, idOf(stream), transfer.number);
    return transferKind(transfer, found, salt, (fulfilled.get(transfer.number) ?? Infinity) <= entered);
  });
  const unknown: Kind[] = kept.transfers > done.length + (pending ? 1 : 0) ? ['unknown'] : [];
  return [...unknown, ...(await Promise.all(kinds))];
}

/** @param due whether the ledger must have the receipt */
function transferKind(own: Transfer, kept: KeptTransfer | undefined, salt: Buffer, due: boolean): Kind {
  if (!kept) return 'missing';
  if (kept.transaction !== own.authorised.transaction) return 'different';
  if (kept.receipt === undefined) return due ? 'missing' : undefined;
  return own.receipt && commitment(salt, own.receipt.sha256) === kept.receipt ? undefined : 'different';
}
