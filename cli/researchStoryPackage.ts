import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openNote } from '../kernel/merkle/note.ts';
import type { PrivacyReport, RegistryWord } from '../services/research/package/report.ts';
import { untar } from '../services/research/package/tar.ts';
import { verifyPackage } from '../services/research/package/verify.ts';
import { writePackage } from '../services/research/package/write.ts';
import { bodyWith, type Client, restClient } from './client.ts';
import type { ReleasedRow } from './researchStoryClass.ts';
import type { BuiltRelease } from './researchStoryRelease.ts';

/** A package that was downloaded and verified, and what it says. */
export interface Package {
  release: string;
  folder: string;
  rows: ReleasedRow[];
  /** Rows of the smallest class. */
  k: number;
  /** Ledger's block that it is anchored in. */
  block: number | undefined;
  registry: RegistryWord;
}

export const packagePath = ({ release, terms }: BuiltRelease): string =>
  `/research/releases/${release}/package?terms=${terms}`;

/** Downloads a package to a new folder below `parent`, and verifies it there without the platform's help. */
export async function downloaded(
  recipient: Client,
  built: BuiltRelease,
  parent: string,
  vkey: string,
): Promise<Package> {
  const { release } = built;
  const { bytes } = await recipient.call(packagePath(built));
  const folder = join(parent, release);
  await writePackage(folder, untar(bytes));
  const { manifest, k } = await verifyPackage(folder, vkey);
  const text = (name: string) => readFile(join(folder, name), 'utf8');
  const { registry }: PrivacyReport = JSON.parse(await text('privacy-report.json'));
  const lines = (await text('data.ndjson')).trimEnd().split('\n');
  const rows = lines.map((line): ReleasedRow => JSON.parse(line));
  return { release, folder, rows, k, block: manifest.ledger?.block, registry: registry! };
}

/** The verifier key of releases, as the platform publishes it. */
export const releaseKey = async (server: string): Promise<string> =>
  bodyWith(await restClient(server).call('/research/key'), 'vkey').vkey;

/** The words of a recall's notice, whose signature is verified. */
export async function noticeOf(recipient: Client, release: string, vkey: string): Promise<string> {
  const { note } = bodyWith(await recipient.call(`/research/releases/${release}/recall`), 'note');
  return openNote(note, [vkey]);
}

/** The registry's verdict in a line. */
export function verdictLine({ verdict, beside, changes, objections }: RegistryWord): string {
  const earlier = `beside ${beside} earlier release${beside === 1 ? '' : 's'}`;
  if (verdict === 'accepted') return `accepted as it is, ${earlier}`;
  const reasons = objections.map(({ reason }) => reason).join(', ');
  return `changed (${changes.join(', ')}) ${earlier}, which otherwise would tell of few people: ${reasons}`;
}
