import type { Config } from '../config.ts';

/** Variables of a platform whose ledger is Hyperledger Fabric. */
export const fabricConfig = {
  FABRIC_GATEWAYS: {
    type: 'string',
    default: '',
    doc: "peers with the Gateway service, host:port, separated by commas; the organisation's own first",
  },
  FABRIC_TLS_CA: { type: 'string', default: '', doc: "PEM file of those who sign the gateways' TLS certificates" },
  FABRIC_MSP_ID: { type: 'string', default: '', doc: 'MSP id of the organisation' },
  FABRIC_CERTIFICATE: {
    type: 'string',
    default: '',
    doc: 'PEM file of the certificate that transactions are signed for',
  },
  FABRIC_KEY: { type: 'string', default: '', doc: 'PEM file of its private key' },
  FABRIC_CHANNEL: { type: 'string', default: 'healthchain', doc: 'channel' },
  FABRIC_CHAINCODE: { type: 'string', default: 'healthchain', doc: 'name of the chaincode on the channel' },
  FABRIC_IN_FLIGHT: { type: 'integer', default: 32, doc: 'transactions in flight at most; further ones wait' },
} as const;

export type FabricConfig = Config<typeof fabricConfig>;

/** Time limits, milliseconds. */
export interface FabricTiming {
  /** Of the check at the start. */
  start: number;
  /** Of an evaluation, an endorsement, and the hand-over to an orderer. */
  call: number;
  /** Of the wait for a commit: short, because an orderer that dies takes what it had accepted with it. */
  commit: number;
  /** Of a submit with all its repetitions. */
  patience: number;
  /** A connection that was silent for so long is replaced. */
  stuck: number;
  /** A gateway that failed is passed over for so long, where there is another. */
  rest: number;
  /** A stream of events that was silent for so long is opened again. */
  quiet: number;
}

export const fabricTiming: FabricTiming = {
  start: 8_000,
  call: 5_000,
  commit: 3_000,
  patience: 20_000,
  stuck: 8_000,
  rest: 5_000,
  quiet: 30_000,
};
