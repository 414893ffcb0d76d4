import type { ContractName } from '../../kernel/ledger/port.ts';
import { type Contract, ContractRefusal, invoke } from '../state.ts';
import { stateOf } from './state.ts';
import type { Response, Stub } from './stub.ts';
import { type About, about, contractsVersion, refusalStatus } from './version.ts';

/** The contracts as one chaincode: fabric-shim's `ChaincodeInterface`. */
export interface Chaincode {
  Init(stub: Stub): Promise<Response>;
  Invoke(stub: Stub): Promise<Response>;
}

/**
 * Calls by `transactionName`. A refusal is a response with the status of its code and the public message; anything else
 * that is thrown is a fault, whose text stays in the server's log.
 * @param log is told about faults
 */
export function chaincode(contracts: readonly Contract[], log: (fault: unknown) => void): Chaincode {
  const named = new Map(contracts.map((contract) => [contract.name as string, contract]));

  async function call(stub: Stub): Promise<string> {
    const { fcn, params } = stub.getFunctionAndParameters();
    if (fcn === about) return JSON.stringify({ chaincode: 'healthchain', version: contractsVersion } satisfies About);
    const [, read, name = '', fn = ''] = /^(read:)?([^:]*):(.*)$/.exec(fcn) ?? [];
    const contract = named.get(name);
    if (!contract) throw new ContractRefusal('not-found', `There is no contract ${name} on this ledger.`);
    return invoke(contract, fn, stateOf(stub, name as ContractName, read !== undefined), params);
  }

  async function answer(stub: Stub): Promise<Response> {
    try {
      return { status: 200, payload: Buffer.from(await call(stub)) };
    } catch (error) {
      if (error instanceof ContractRefusal) return { status: refusalStatus[error.code], message: error.message };
      log(error);
      return { status: 500, message: 'The contract failed; the log of the chaincode says why.' };
    }
  }

  return { Init: async () => ({ status: 200 }), Invoke: answer };
}
