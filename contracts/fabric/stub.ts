/** What the chaincode uses of fabric-shim's `ChaincodeStub`. */
export interface Stub {
  getFunctionAndParameters(): { fcn: string; params: string[] };
  getState(key: string): Promise<Uint8Array>;
  putState(key: string, value: Uint8Array): Promise<void>;
  /** From `from` to before `to`, in the order of the state database: that of the keys' bytes in LevelDB. */
  getStateByRange(from: string, to: string): AsyncIterable<{ key: string; value: Uint8Array }>;
  setEvent(name: string, payload: Uint8Array): void;
  getTransient(): Map<string, Uint8Array>;
  /** What the submitter put into the proposal: the same for every endorser. */
  getTxTimestamp(): { seconds: { toNumber(): number }; nanos: number };
  getTxID(): string;
  /** Who submits; its `getMSPID` is that of the peer. */
  getCreator(): { mspid: string };
}

export interface Response {
  status: number;
  message?: string;
  payload?: Uint8Array;
}
