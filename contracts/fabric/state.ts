import type { ContractName } from '../../kernel/ledger/port.ts';
import { ContractRefusal, type ContractState } from '../state.ts';
import type { Stub } from './stub.ts';
import { eventName } from './version.ts';

/**
 * The state of one contract on Fabric. All contracts are one chaincode and so share a key space: each has its name
 * before its keys. Fabric shows a function no write of its own, as `ContractState` wants it.
 */
export function stateOf(stub: Stub, contract: ContractName, readOnly: boolean): ContractState {
  const prefix = `${contract}/`;
  let emitted = false;

  async function get(key: string): Promise<string | undefined> {
    const value = await stub.getState(key);
    return value.length > 0 ? Buffer.from(value).toString() : undefined;
  }

  function mayWrite(): void {
    if (readOnly) throw new ContractRefusal('invalid', 'This function writes: submit it.');
  }

  return {
    get: (key) => get(prefix + key),
    other: (of, key) => get(`${of}/${key}`),
    async put(key, value) {
      mayWrite();
      if (value === '') throw new Error(`${contract} writes an empty value, which Fabric reads back as none`);
      await stub.putState(prefix + key, Buffer.from(value));
    },
    async *range(from, to) {
      for await (const { key, value } of stub.getStateByRange(prefix + from, prefix + to))
        yield [key.slice(prefix.length), Buffer.from(value).toString()];
    },
    emit(name, payload) {
      mayWrite();
      if (emitted) throw new Error(`${contract} emits a second event`);
      emitted = true;
      stub.setEvent(eventName(contract, name), Buffer.from(payload));
    },
    transient: (name) => stub.getTransient().get(name),
    time: milliseconds(stub.getTxTimestamp()),
    id: stub.getTxID(),
    caller: stub.getCreator().mspid,
  };
}

const milliseconds = ({ seconds, nanos }: ReturnType<Stub['getTxTimestamp']>): number =>
  seconds.toNumber() * 1000 + Math.floor(nanos / 1e6);
