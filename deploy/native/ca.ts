import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Issued, issue } from './certificate.ts';

/** A small certificate authority for developers and tests. Production has its own: cert-manager, SPIRE, Vault. */
export interface Authority {
  /** PEM file of its certificate. */
  ca: string;
  /**
   * Writes a new certificate with the identity `spiffe://<trust domain>/<holder>`, in place of an older one.
   * @param hours how long it is valid
   * @returns the PEM files
   */
  issue(holder: string, now: number, hours: number): { ca: string; certificate: string; key: string };
}

const [hour, year] = [3_600_000, 365 * 24 * 3_600_000];

/** Opens the authority in a folder; a new one is made where there is none. Its key is readable to its owner only. */
export function authority(folder: string, trustDomain: string, now: number): Authority {
  const [ca, caKey] = [join(folder, 'ca.pem'), join(folder, 'ca.key')];
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const name = `${trustDomain} development CA`;
  if (!existsSync(ca)) write(ca, caKey, issue({ name, from: now - hour, to: now + 10 * year, names: [], ca: true }));
  const { subject } = new X509Certificate(readFileSync(ca));
  const signer = { name: subject.replace('CN=', ''), key: createPrivateKey(readFileSync(caKey)) };
  return {
    ca,
    issue(holder, now, hours) {
      const [certificate, key] = [join(folder, `${holder}.pem`), join(folder, `${holder}.key`)];
      const names = [`spiffe://${trustDomain}/${holder}`];
      write(
        certificate,
        key,
        issue({ name: holder, from: now - hour, to: now + hours * hour, names, ca: false }, signer),
      );
      return { ca, certificate, key };
    },
  };
}

/** Each file whole or not at all; the certificate last, as what shows that both are there. */
function write(certificate: string, key: string, issued: Issued): void {
  for (const [file, content] of [
    [key, issued.key],
    [certificate, issued.certificate],
  ] as const) {
    writeFileSync(`${file}.new`, content, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }
}
