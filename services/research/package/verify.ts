import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../../kernel/errors.ts';
import { openNote } from '../../../kernel/merkle/note.ts';
import { shaped } from '../shape.ts';
import { verifyClaims } from './claims.ts';
import {
  contentFiles,
  digestOfEntries,
  type Manifest,
  manifestFile,
  manifestSchema,
  signatureFile,
} from './manifest.ts';

/** What a package proves by itself. Whether the ledger holds `manifest.contents` is for who has the ledger. */
export interface VerifiedPackage {
  manifest: Manifest;
  rows: number;
  /** Rows of the smallest class, counted in the data. */
  k: number;
}

/**
 * Verifies a package from its files alone: the signature, every file's hash, that there is no other file, and that the
 * data has the rows and classes that its privacy report says.
 * @param vkey the signer's verifier key (C2SP); where it is absent, the manifest's own
 * @throws Failure `not-found` where there is no package, `structure` where its manifest is none, `invalid` where
 *   something does not match
 */
export async function verifyPackage(folder: string, vkey?: string): Promise<VerifiedPackage> {
  const manifest = await openManifest(folder, vkey);
  const { files, contents } = manifest;
  if (files.length !== contentFiles.length || files.some(({ name }, at) => name !== contentFiles[at]))
    throw new Failure('invalid', 'The manifest does not list the files of a package.');
  if (digestOfEntries(files) !== contents) throw new Failure('invalid', 'The digest of the contents does not match.');
  const known = new Set<string>([manifestFile, signatureFile, ...contentFiles]);
  for (const name of await readdir(folder))
    if (!known.has(name)) throw new Failure('invalid', `The package has a file that is not in its manifest: ${name}.`);
  for (const file of files) await verifyFile(folder, file);
  return { manifest, ...(await verifyClaims(folder)) };
}

async function openManifest(folder: string, trusted: string | undefined): Promise<Manifest> {
  const [text, signature] = await Promise.all([manifestFile, signatureFile].map((name) => readText(folder, name)));
  const manifest = shaped(manifestSchema, parsed(text!), 'manifest');
  await openNote(`${text}\n${signature}`, [trusted ?? manifest.vkey]);
  return manifest;
}

async function readText(folder: string, name: string): Promise<string> {
  const bytes = await readFile(join(folder, name)).catch((cause) => {
    throw new Failure('not-found', `There is no ${name} in "${folder}".`, { cause });
  });
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new Failure('structure', `${name} is not text.`, { cause });
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Failure('structure', `${manifestFile} is not JSON.`, { cause });
  }
}

async function verifyFile(folder: string, { name, bytes, sha256 }: Manifest['files'][number]): Promise<void> {
  const hash = createHash('sha256');
  let read = 0;
  try {
    for await (const chunk of createReadStream(join(folder, name))) {
      hash.update(chunk);
      read += chunk.length;
    }
  } catch (cause) {
    throw new Failure('invalid', `${name} is missing.`, { cause });
  }
  if (read !== bytes || hash.digest('hex') !== sha256) throw new Failure('invalid', `${name} is not what was signed.`);
}
