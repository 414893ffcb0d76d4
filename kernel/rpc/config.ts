import type { DescService } from '@bufbuild/protobuf';
import type { Config, Section } from '../config.ts';
import { Failure } from '../errors.ts';
import type { CertificateFiles } from './certificateFiles.ts';
import type { MutualTls } from './mutualTls.ts';
import type { Route } from './network.ts';

/** Variables of a process that other services call, and that calls them. */
export const rpcSection = {
  RPC_HOST: { type: 'string', default: '127.0.0.1', doc: 'address that other services reach this one at' },
  RPC_PORT: { type: 'port', default: 9443, doc: 'its port; mutual TLS' },
  RPC_TRUST_DOMAIN: { type: 'string', default: 'healthchain', doc: 'certificates are for spiffe://<this>/<service>' },
  RPC_CA: { type: 'string', default: '', doc: 'PEM file of the CA of all services' },
  RPC_CERTIFICATE: { type: 'string', default: '', doc: 'PEM file of our certificate; read again when it changes' },
  RPC_KEY: { type: 'string', default: '', doc: 'PEM file of its key' },
  IDENTITY_RPC: {
    type: 'string',
    default: 'identity:9443',
    doc: 'host:port of the identity service; dns:///name:port for all replicas behind a name',
  },
  CONSENT_RPC: { type: 'string', default: 'consent:9443', doc: 'of the consent service' },
  RECORDS_RPC: { type: 'string', default: 'records:9443', doc: 'of the records service' },
  AUDIT_RPC: { type: 'string', default: 'audit:9443', doc: 'of the audit service' },
  RESEARCH_RPC: { type: 'string', default: 'research:9443', doc: 'of the research service' },
  KEYS_RPC: { type: 'string', default: 'keys:9443', doc: 'of the key service' },
} as const satisfies Section;

export type RpcConfig = Config<typeof rpcSection>;

/** @throws Failure `invalid` with the list of what is missing */
export function certificateFiles(config: RpcConfig): CertificateFiles {
  const missing = (['RPC_CA', 'RPC_CERTIFICATE', 'RPC_KEY'] as const).filter((name) => !config[name]);
  if (missing.length > 0) throw new Failure('invalid', `${missing.join(', ')}: missing; services prove who they are.`);
  return { ca: config.RPC_CA, certificate: config.RPC_CERTIFICATE, key: config.RPC_KEY };
}

/** The way to each service: its address, and that it must prove to be that service. */
export function routes(config: RpcConfig, tls: MutualTls): (service: DescService) => Route {
  return ({ typeName }) => {
    const service = typeName.split('.')[1]!;
    const address = config[`${service.toUpperCase()}_RPC` as 'KEYS_RPC'];
    if (!address) throw new Error(`nobody knows where ${typeName} is`);
    return { address, credentials: tls.channel(service) };
  };
}
