import { permitsEverything, type Residual } from '../../../contracts/rules/residual.ts';
import { Failure } from '../../../kernel/errors.ts';
import type { RpcService } from '../../../kernel/rpc/port.ts';
import { rpcService } from '../../../kernel/rpc/service.ts';
import { type Actor, ConsentService } from '../../../proto/gen/healthchain/consent/v1/consent_pb.ts';

/** A consent service whose answers a test decides. */
export interface ConsentDouble {
  rpc: RpcService;
  /** What the actor may have of the patient; undefined: nothing. By default everything. */
  policy: (actor: Actor, patient: string) => Residual | undefined;
  /** Moves the patient's consent stream. */
  move(patient: string): void;
  /** Called whenever a decision has been taken, before it is answered. */
  decided: () => void;
  decisions: number;
  /** The transfer that it says the ledger has authorised; undefined: none. */
  transfer: { custodian: string; dataClasses: string[]; transaction: string } | undefined;
  /** Receipts of what was handed over, SHA-256 in hex. */
  receipts: string[];
}

export function consentDouble(): ConsentDouble {
  const versions = new Map<string, number>();
  const version = (patient: string) => versions.get(patient) ?? 0;
  const own: ConsentDouble = {
    policy: () => ({ any: [{ rule: { type: 'permit' } }] }),
    move: (patient) => void versions.set(patient, version(patient) + 1),
    decided: () => {},
    decisions: 0,
    transfer: undefined,
    receipts: [],
    rpc: undefined as never,
  };
  const decide = (actor: Actor, patient: string) => {
    const residual = own.policy(actor, patient);
    return {
      patient,
      permit: residual !== undefined,
      version: version(patient),
      basis: [residual && permitsEverything(residual) ? 'Consent/1/_history/1' : 'rule:6'],
      residual: Buffer.from(JSON.stringify(residual ?? { any: [] })),
    };
  };
  const handlers = {
    async check({ patients, actor }: { patients: string[]; actor?: Actor }) {
      own.decisions += 1;
      const decisions = patients.map((patient) => decide(actor!, patient));
      own.decided();
      return { decisionId: `decision-${own.decisions}`, decisions };
    },
    head: async ({ patients }: { patients: string[] }) => ({ versions: patients.map(version) }),
    async authoriseTransfer() {
      if (!own.transfer) throw new Failure('forbidden', 'The agreement is not for this.');
      return { ...own.transfer, transfer: 1, pseudonym: 'a', authorisedAt: { seconds: 1767323045n, nanos: 0 } };
    },
    async fulfilTransfer({ sha256 }: { sha256: Uint8Array }) {
      own.receipts.push(Buffer.from(sha256).toString('hex'));
      return {};
    },
  };
  const names = ConsentService.methods.map(({ localName }) => localName);
  const absent = async () => {
    throw new Failure('unavailable', 'The double decides, and nothing else.');
  };
  own.rpc = rpcService(
    ConsentService,
    Object.fromEntries(names.map((name) => [name, 'services-or-token'])) as never,
    { ...Object.fromEntries(names.map((name) => [name, absent])), ...handlers } as never,
  );
  return own;
}
