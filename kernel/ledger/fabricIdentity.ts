import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Failure } from '../errors.ts';
import type { FabricConfig } from './fabricConfig.ts';

/** Who submits, and whom to believe. */
export interface FabricIdentity {
  mspId: string;
  /** PEM. */
  certificate: Buffer;
  key: KeyObject;
  tlsCa: Buffer;
}

/**
 * Reads the files that the configuration names.
 * @param now milliseconds since the epoch
 * @throws Failure `invalid` that says which variable is wrong
 */
export function fabricIdentity(config: FabricConfig, now: number): FabricIdentity {
  if (!config.FABRIC_MSP_ID) throw new Failure('invalid', 'FABRIC_MSP_ID is not set.');
  const certificate = file(config, 'FABRIC_CERTIFICATE');
  const parsed = parse('FABRIC_CERTIFICATE', 'a certificate', () => new X509Certificate(certificate));
  const key = parse('FABRIC_KEY', 'a private key', () => createPrivateKey(file(config, 'FABRIC_KEY')));
  if (!parsed.checkPrivateKey(key)) throw new Failure('invalid', 'FABRIC_KEY is not the key of FABRIC_CERTIFICATE.');
  if (parsed.validToDate.getTime() < now)
    throw new Failure('invalid', `FABRIC_CERTIFICATE expired on ${parsed.validToDate.toISOString()}.`);
  const tlsCa = file(config, 'FABRIC_TLS_CA');
  parse('FABRIC_TLS_CA', 'a certificate', () => new X509Certificate(tlsCa));
  return { mspId: config.FABRIC_MSP_ID, certificate, key, tlsCa };
}

function file(config: FabricConfig, name: 'FABRIC_CERTIFICATE' | 'FABRIC_KEY' | 'FABRIC_TLS_CA'): Buffer {
  if (!config[name]) throw new Failure('invalid', `${name} is not set.`);
  try {
    return readFileSync(config[name]);
  } catch (cause) {
    throw new Failure('invalid', `${name}: cannot read ${config[name]}.`, { cause });
  }
}

function parse<T>(name: string, what: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof Failure) throw cause;
    throw new Failure('invalid', `${name} is not ${what} in PEM.`, { cause });
  }
}
