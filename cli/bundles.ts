import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Bundle, BundleEntry, Identifier } from '@medplum/fhirtypes';
import { Failure } from '../kernel/errors.ts';

const inflate = promisify(gunzip);

/** A bundle file made ready to be posted. */
export interface PreparedBundle {
  file: string;
  bundle: Bundle;
  /** SHA-256 of the file's JSON, hex: the same file is the same request. */
  key: string;
}

/** The bundle files of a folder (`*.json`, `*.json.gz`, not below it), or the one file, sorted by name. */
export async function bundleFiles(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => undefined);
  if (!found) throw new Failure('not-found', `There is no file or folder "${path}".`);
  if (!found.isDirectory()) return [path];
  const files = (await readdir(path, { withFileTypes: true })).filter((each) => !each.isDirectory());
  const names = files.map(({ name }) => name).filter((name) => /\.json(\.gz)?$/.test(name));
  if (names.length === 0) throw new Failure('not-found', `"${path}" holds no .json or .json.gz files.`);
  return names.sort().map((name) => join(path, name));
}

/** Reads one bundle file, plain or gzip. Throws Failure `structure` where it cannot be read, or is not a Bundle. */
export async function readBundle(file: string): Promise<PreparedBundle> {
  const { json, bundle } = await parsed(file);
  const { resourceType, type, entry = [] } = bundle ?? {};
  if (resourceType !== 'Bundle' || (type !== 'transaction' && type !== 'batch') || !Array.isArray(entry))
    throw new Failure('structure', `"${file}" is not a transaction or batch Bundle.`);
  const key = createHash('sha256').update(json).digest('hex');
  return { file, bundle: { ...bundle, entry: entry.map(mergedByIdentifier) }, key };
}

async function parsed(file: string): Promise<{ json: Buffer; bundle: Bundle }> {
  try {
    const raw = await readFile(file);
    const json = raw[0] === 0x1f && raw[1] === 0x8b ? await inflate(raw) : raw;
    return { json, bundle: JSON.parse(json.toString('utf8')) };
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new Failure('structure', `"${file}" is not JSON, plain or gzip: ${code ?? message}.`, { cause });
  }
}

/** Who and where is shared by many bundles: created once, then found again by identifier (conditional create). */
const shared = new Set(['Organization', 'Practitioner', 'Location']);

function mergedByIdentifier(entry: BundleEntry): BundleEntry {
  const { resource, request } = entry ?? {};
  if (!resource || !shared.has(resource.resourceType) || request?.method !== 'POST') return entry;
  const [identifier] = (resource as { identifier?: Identifier[] }).identifier ?? [];
  if (!identifier?.value || request.ifNoneExist) return entry;
  const token = encodeURIComponent(`${identifier.system ?? ''}|${identifier.value}`);
  return { ...entry, request: { ...request, ifNoneExist: `identifier=${token}` } };
}
