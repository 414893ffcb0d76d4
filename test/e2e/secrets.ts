import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { demoHistory } from '../../demo/history.ts';
import { type DemoPatient, demoPatients } from '../../demo/patients.ts';
import { demoPatientCount } from '../../demo/seed.ts';

/**
 * What must stand nowhere in the clear: names, birth dates, identifiers, telephone numbers, addresses and logins of the
 * demo patients, their identifiers' plain hashes, and what their records say. Nothing so short that random bytes hold it.
 */
export function demoSecrets(): string[] {
  const patients = demoPatients(demoPatientCount);
  return [...new Set([...patients.flatMap(personal), ...clinical(patients)])].filter(({ length }) => length >= 6);
}

function personal({ login, name, resource }: DemoPatient): string[] {
  const { identifier, birthDate, telecom, address, name: names } = resource;
  const [{ system, value } = {}] = identifier ?? [];
  const hash = createHash('sha256').update(`${system}|${value}`).digest();
  const parts = [names![0]!.family!, ...names![0]!.given!].map((part) => `"${part}"`);
  const contact = [telecom![0]!.value!, address![0]!.line![0]!];
  return [login, name, ...parts, birthDate!, value!, hash.toString('hex'), hash.toString('base64'), ...contact];
}

/** Texts and codes of the patients' conditions, medications, allergies and observations. */
function clinical(patients: DemoPatient[]): string[] {
  const json = patients.map((patient) => JSON.stringify(demoHistory(patient).entry)).join();
  const told = [...json.matchAll(/"(?:display|text)":"([^"]+)"/g), ...json.matchAll(/"(code":"[\d-]{6,}")/g)];
  return told.map(([, text]) => text!);
}

/** The secrets that the bytes hold. One pass, however many there are: they are told apart by their first four bytes. */
export function found(secrets: readonly string[], bytes: Buffer): string[] {
  const wanted = secrets.map((secret) => Buffer.from(secret));
  const byStart = Map.groupBy(wanted, (secret) => secret.readUInt32BE(0));
  const starts = new Uint8Array(65536);
  for (const secret of wanted) starts[secret.readUInt16BE(0)] = 1;
  const hits = new Set<string>();
  for (let at = 0; at < bytes.length - 3; at++) {
    if (starts[(bytes[at]! << 8) | bytes[at + 1]!] === 0) continue;
    for (const secret of byStart.get(bytes.readUInt32BE(at)) ?? []) {
      if (secret.equals(bytes.subarray(at, at + secret.length))) hits.add(secret.toString());
    }
  }
  return [...hits];
}

/** Every secret in every file under a folder, as "file: secret". A file that its owner removes meanwhile is left out. */
export async function foundUnder(
  folder: string,
  secrets: readonly string[],
): Promise<{ files: number; bytes: number; hits: string[] }> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const all = { files: files.length, bytes: 0, hits: [] as string[] };
  for (const file of files) {
    const bytes = await readFile(file).catch(unlessGone);
    if (!bytes) continue;
    all.bytes += bytes.length;
    all.hits.push(...found(secrets, bytes).map((secret) => `${file}: ${secret}`));
  }
  return all;
}

function unlessGone(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
