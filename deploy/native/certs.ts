import { join } from 'node:path';
import { addressesIn, peers } from './addresses.ts';
import { authority } from './ca.ts';

/** Of the platform on this machine; `RPC_TRUST_DOMAIN` of its processes. */
export const trustDomain = 'healthchain';

/** Where the distributed platform of a data folder keeps its CA, logs and the key file. */
export const platformFolder = (data: string): string => join(data, 'distributed');

/** The development CA of a data folder; made where there is none. */
export const developmentCa = (data: string, now: number) =>
  authority(join(platformFolder(data), 'certificates'), trustDomain, now);

/**
 * What a process that is started by hand needs besides the engines' variables: a certificate of the development CA, and
 * where the platform's processes are, if they were started.
 * @param holder a service, or any other name for a caller that is none
 * @param hours how long the certificate is valid
 */
export function joining(data: string, holder: string, now: number, hours: number): Record<string, string> {
  const { ca, certificate, key } = developmentCa(data, now).issue(holder, now, hours);
  return {
    ...peers(addressesIn(platformFolder(data))),
    ...{ RPC_TRUST_DOMAIN: trustDomain, RPC_CA: ca, RPC_CERTIFICATE: certificate, RPC_KEY: key },
  };
}
