import { status } from '@grpc/grpc-js';
import { CommitStatusError, EndorseError, GatewayError } from '@hyperledger/fabric-gateway';
import { Failure } from '../errors.ts';

/** The block has the transaction, and marks it as without effect. */
export class InvalidTransaction extends Error {
  /** The validation code's name, such as MVCC_READ_CONFLICT. */
  readonly code: string;
  constructor(code: string) {
    super(`the transaction is in a block as ${code}`);
    this.name = 'InvalidTransaction';
    this.code = code;
  }
}

/** The peer has not seen yet what we committed through another. */
export class BehindUs extends Error {}

/** What an error of the Gateway means to whoever submits. */
export type Meaning =
  /** The contract says no; `by` are the organisations whose peers said so. */
  | { kind: 'refused'; failure: Failure; by: string[] }
  /** Another try may succeed: `soon` where peers or transactions only got in each other's way. */
  | { kind: 'again'; failure: Failure; soon: boolean }
  /** Another try would end in the same way. */
  | { kind: 'final'; failure: Failure };

/** @param error anything that a call of the Gateway threw; what is none of its errors is a fault of ours */
export function meaningOf(error: unknown): Meaning {
  if (error instanceof InvalidTransaction) return again(unavailable(error), /READ_CONFLICT$/.test(error.code));
  if (error instanceof BehindUs) return again(unavailable(error), true);
  if (!(error instanceof GatewayError)) {
    const failure = new Failure('exception', 'The ledger’s client failed.', { cause: error });
    return { kind: 'final', failure };
  }
  return refusal(error) ?? hopeless(error) ?? again(transient(error), isLag(error));
}

/** Whether the gateway itself answered, could not be reached, or said nothing until the deadline. */
export function answerIn(error: unknown): 'answered' | 'unreachable' | 'silent' {
  if (!(error instanceof GatewayError)) return 'answered';
  if (error.code === status.DEADLINE_EXCEEDED) return 'silent';
  const byGateway = error.details.length > 0 || /orderer/.test(error.message);
  return error.code === status.UNAVAILABLE && !byGateway ? 'unreachable' : 'answered';
}

/** Everything that peers and orderers said, each with its organisation. */
export const saidIn = (error: GatewayError): { mspId: string; message: string }[] =>
  error.details.length > 0 ? error.details : [{ mspId: '', message: error.message }];

const refused = /chaincode response 4\d\d, ([\s\S]*)$/;

function refusal(error: GatewayError): Meaning | undefined {
  const said = saidIn(error).filter(({ message }) => refused.test(message));
  if (said.length === 0) return undefined;
  const failure = new Failure('business-rule', refused.exec(said[0]!.message)![1]!, { cause: error });
  return { kind: 'refused', failure, by: said.map(({ mspId }) => mspId) };
}

/** Reasons that time does not cure. */
const reasons: readonly [pattern: RegExp, code: 'exception' | 'forbidden' | 'too-long', message: string][] = [
  [/chaincode response 5\d\d/, 'exception', 'The contract failed.'],
  [
    /access denied|PERMISSION_DENIED|UNAUTHENTICATED/,
    'forbidden',
    'The channel does not accept this platform: FABRIC_MSP_ID, FABRIC_CERTIFICATE and FABRIC_KEY must belong to one of its organisations.',
  ],
  [/message larger than max/, 'too-long', 'The transaction is too large for the ledger.'],
];

function hopeless(error: GatewayError): Meaning | undefined {
  for (const { message } of saidIn(error))
    for (const [pattern, code, text] of reasons)
      if (pattern.test(message)) return { kind: 'final', failure: new Failure(code, text, { cause: error }) };
  return undefined;
}

const again = (failure: Failure, soon: boolean): Meaning => ({ kind: 'again', failure, soon });

/** Endorsers that are a block apart read different values; within moments they are at one again. */
const isLag = (error: GatewayError) =>
  error instanceof EndorseError && saidIn(error).some(({ message }) => /Payloads do not match/i.test(message));

function transient(error: GatewayError): Failure {
  if (error.code === status.DEADLINE_EXCEEDED)
    return new Failure('timeout', `The ledger took too long${during(error)}.`, { cause: error });
  return unavailable(error, during(error));
}

const unavailable = (cause: Error, where = '') =>
  new Failure('unavailable', `The ledger does not answer${where}; try again later.`, { cause });

/** The step in which it failed. */
function during(error: GatewayError): string {
  if (error instanceof EndorseError) return ' when asked to endorse';
  if (error.name === 'SubmitError') return ' when handed a transaction';
  return error instanceof CommitStatusError ? ' when asked for the commit' : '';
}
