import { X509Certificate } from 'node:crypto';
import { type ChannelCredentials, experimental, type ServerCredentials } from '@grpc/grpc-js';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { Failure } from '../errors.ts';
import { type CertificateFiles, type Certificates, watchedCertificates } from './certificateFiles.ts';
import { holderOf, identityOf } from './identity.ts';

interface Parts {
  files: CertificateFiles;
  /** The part of an identity before the service: one for each deployment. */
  trustDomain: string;
  /** Whose certificate it must be; undefined: of anybody in the trust domain. */
  service?: string;
  clock: Clock;
  log: Logger;
  /** How often the files are looked at, milliseconds. */
  intervalMs?: number;
}

/** Both ends of connections on which each side proves who it is. */
export interface MutualTls {
  trustDomain: string;
  /** For a server: callers without a certificate of the CA are refused before they can say anything. */
  server: ServerCredentials;
  /** For a caller: a server that is not `service` of the trust domain is refused. */
  channel(service: string): ChannelCredentials;
  /** Looks at the files now; true where something new was taken. */
  refresh(): boolean;
  close(): void;
}

/**
 * TLS with certificates on both sides (X509-SVID: the name is a URI, not a host). The files are read again when they
 * change, so that certificates can be short.
 * @throws Failure `invalid` with one line where the certificate cannot be used: expired, of another CA, of somebody else
 */
export function mutualTls(parts: Parts): MutualTls {
  const { files, trustDomain, log, intervalMs = 5_000 } = parts;
  const check = (certificates: Certificates) => checkOwn(certificates, parts);
  const watched = watchedCertificates({ files, check, log, intervalMs });
  const channels = new Map<string, ChannelCredentials>();
  const channelTo = (service: string) =>
    experimental.createCertificateProviderChannelCredentials(watched, watched, {
      checkServerIdentity: (_host, peer) => refusal(holderOf(peer, trustDomain), identityOf(trustDomain, service)),
    });
  return {
    trustDomain,
    server: experimental.createCertificateProviderServerCredentials(watched, watched, true),
    channel(service) {
      const found = channels.get(service) ?? channelTo(service);
      channels.set(service, found);
      return found;
    },
    refresh: watched.refresh,
    close: watched.close,
  };
}

const refusal = (holder: string | undefined, expected: string) =>
  holder === expected ? undefined : new Error(`the server is ${holder ?? 'of another trust domain'}, not ${expected}`);

function checkOwn({ ca, certificate }: Certificates, { files, trustDomain, service, clock }: Parts): void {
  const own = new X509Certificate(certificate);
  const holder = holderOf({ subjectaltname: own.subjectAltName ?? '' }, trustDomain);
  const expected = service && identityOf(trustDomain, service);
  if (!holder || (expected && holder !== expected))
    throw new Failure('invalid', `${files.certificate} is not for ${expected ?? `spiffe://${trustDomain}/…`}.`);
  if (own.validToDate.getTime() <= clock.now())
    throw new Failure('invalid', `${files.certificate} expired on ${own.validToDate.toISOString()}; issue a new one.`);
  if (own.validFromDate.getTime() > clock.now())
    throw new Failure('invalid', `${files.certificate} is not valid before ${own.validFromDate.toISOString()}.`);
  if (!chained(certificate, ca))
    throw new Failure('invalid', `${files.certificate} is not signed by a CA in ${files.ca}.`);
}

const pem = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const certificatesIn = (text: Buffer) => (text.toString().match(pem) ?? []).map((each) => new X509Certificate(each));

/** Whether each certificate is signed by the next, and the last by one of the CA's. */
function chained(certificate: Buffer, ca: Buffer): boolean {
  const chain = certificatesIn(certificate);
  const signed = (one: X509Certificate, by: X509Certificate) => one.checkIssued(by) && one.verify(by.publicKey);
  const linked = chain.every((one, index) => index === chain.length - 1 || signed(one, chain[index + 1]!));
  return linked && certificatesIn(ca).some((root) => signed(chain.at(-1)!, root));
}
