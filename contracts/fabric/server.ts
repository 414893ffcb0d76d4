// The chaincode as a service. No top-level await and no import.meta: it is bundled to CommonJS.
import { readFileSync } from 'node:fs';
import { Shim } from 'fabric-shim';
import { AuditContract } from '../audit.ts';
import { ConsentContract } from '../consent.ts';
import { RegistryContract } from '../registry.ts';
import { ResearchContract } from '../research.ts';
import { SharingContract } from '../sharing.ts';
import { chaincode } from './chaincode.ts';

const {
  CHAINCODE_ID: ccid,
  CHAINCODE_SERVER_ADDRESS: address,
  CHAINCODE_TLS_KEY: key,
  CHAINCODE_TLS_CERTIFICATE: certificate,
} = process.env;

if (!ccid || !address || !key || !certificate) {
  console.error('CHAINCODE_ID, CHAINCODE_SERVER_ADDRESS, CHAINCODE_TLS_KEY and CHAINCODE_TLS_CERTIFICATE are needed');
  process.exit(1);
}

/** Where a contract failed, without the message: it may quote what was given to the contract in confidence. */
function logFault(fault: unknown): void {
  const { name, stack = '' } = fault instanceof Error ? fault : new Error('not an Error');
  console.error([name, ...stack.split('\n').filter((line) => /^\s+at /.test(line))].join('\n'));
}

const contracts = [
  new RegistryContract(),
  new ConsentContract(),
  new SharingContract(),
  new ResearchContract(),
  new AuditContract(),
];
const tlsProps = {
  key: readFileSync(key),
  cert: readFileSync(certificate),
  clientCACerts: null as unknown as Buffer, // any client: the server has no state, and answers from what it is sent
};
Shim.server(chaincode(contracts, logFault), { ccid, address, tlsProps })
  .start()
  .catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
process.once('SIGTERM', () => process.exit(0));
