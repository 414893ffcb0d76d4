import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { experimental } from '@grpc/grpc-js';
import type { Logger } from 'pino';
import { Failure } from '../errors.ts';

/** PEM files, by the role that each plays. */
export interface CertificateFiles {
  /** Those whose signature is trusted. */
  ca: string;
  /** Ours, with those between it and the CA. */
  certificate: string;
  key: string;
}

/** The contents of the files, which belong together. */
export interface Certificates {
  ca: Buffer;
  certificate: Buffer;
  key: Buffer;
}

/** Certificates that are read again when their files change; for grpc-js. */
export interface WatchedCertificates extends experimental.CertificateProvider {
  current(): Certificates;
  /** Looks now instead of at the next interval; true where there was something new to take. */
  refresh(): boolean;
  close(): void;
}

interface Parts {
  files: CertificateFiles;
  /** Throws Failure `invalid` for certificates that must not be used, at the start and later. */
  check(certificates: Certificates): void;
  log: Logger;
  /** How often the files are looked at, milliseconds. */
  intervalMs: number;
}

/**
 * Opens the files and watches them: new contents hold for connections made from then on. What is only half replaced,
 * or does not pass `check`, is not taken; the last good ones stay in use, and the log says so once.
 * @throws Failure `invalid` with one line where the files cannot be used at the start
 */
export function watchedCertificates({ files, check, log, intervalMs }: Parts): WatchedCertificates {
  const ca = new Set<experimental.CaCertificateUpdateListener>();
  const identity = new Set<experimental.IdentityCertificateUpdateListener>();
  let current = load(files, check);
  let refused = '';

  const tellCa = (listener: experimental.CaCertificateUpdateListener) => listener({ caCertificate: current.ca });
  const tellIdentity = (listener: experimental.IdentityCertificateUpdateListener) =>
    listener({ certificate: current.certificate, privateKey: current.key });

  function refresh(): boolean {
    try {
      const found = load(files, check);
      refused = '';
      if (same(found, current)) return false;
      current = found;
    } catch (error) {
      const { message } = error as Error;
      if (message !== refused) log.warn({ reason: message }, 'the new certificate is not used; the last good one is');
      refused = message;
      return false;
    }
    ca.forEach(tellCa);
    identity.forEach(tellIdentity);
    log.info('the certificate was replaced');
    return true;
  }

  const timer = setInterval(refresh, intervalMs).unref();
  return {
    current: () => current,
    refresh,
    close: () => clearInterval(timer),
    // told after the caller has the listener in place, as grpc-js does it
    addCaCertificateListener: (listener) => void process.nextTick(tellCa, ca.add(listener) && listener),
    removeCaCertificateListener: (listener) => void ca.delete(listener),
    addIdentityCertificateListener: (listener) =>
      void process.nextTick(tellIdentity, identity.add(listener) && listener),
    removeIdentityCertificateListener: (listener) => void identity.delete(listener),
  };
}

const same = (one: Certificates, other: Certificates) =>
  one.ca.equals(other.ca) && one.certificate.equals(other.certificate) && one.key.equals(other.key);

function load(files: CertificateFiles, check: Parts['check']): Certificates {
  const [ca, certificate, key] = [read(files.ca), read(files.certificate), read(files.key)];
  if (
    !parse(files.certificate, () => new X509Certificate(certificate)).checkPrivateKey(
      parse(files.key, () => createPrivateKey(key)),
    )
  )
    throw new Failure('invalid', `${files.key} is not the key of ${files.certificate}.`);
  parse(files.ca, () => new X509Certificate(ca));
  const found = { ca, certificate, key };
  check(found);
  return found;
}

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new Failure('invalid', `${file} cannot be read (${(cause as NodeJS.ErrnoException).code}).`, { cause });
  }
}

function parse<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new Failure('invalid', `${file} is not what it should be: PEM of a certificate or its key.`, { cause });
  }
}
