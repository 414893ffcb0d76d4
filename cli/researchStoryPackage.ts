import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PrivacyReport, RegistryWord } from '../services/research/package/report.ts';
import { bodyWith, type Client } from './client.ts';
import { releaseActions } from './researchDownload.ts';
import type { ReleasedRow } from './researchStoryClass.ts';

/** A package that was downloaded and verified, and what it says. */
export interface Package {
  release: string;
  folder: string;
  rows: ReleasedRow[];
  /** Rows of the smallest class. */
  k: number;
  /** The ledger's block that it is anchored in. */
  block: number;
  registry: RegistryWord;
}

/** Downloads a package to a new folder below `to`, and verifies it there without the platform's help. */
export async function downloaded(recipient: Client, server: string, release: string, to: string): Promise<Package> {
  const options = { release, to, 'accept-terms': true };
  const { result } = await releaseActions.download!(recipient, options, { server, quiet: true });
  const { folder, k, ledger } = result as { folder: string; k: number; ledger: { block: number } };
  const text = (name: string) => readFile(join(folder, name), 'utf8');
  const { registry }: PrivacyReport = JSON.parse(await text('privacy-report.json'));
  const lines = (await text('data.ndjson')).trimEnd().split('\n');
  const rows = lines.map((line): ReleasedRow => JSON.parse(line));
  return { release, folder, rows, k, block: ledger.block, registry: registry! };
}

/** Where a release is downloaded by whoever accepts the study's terms. */
export async function packagePath(recipient: Client, release: string): Promise<string> {
  const path = `/research/releases/${release}`;
  const { terms } = bodyWith(await recipient.call(path), 'terms');
  return `${path}/package?terms=${terms}`;
}

/** The registry's verdict in a line. */
export function verdictLine({ verdict, beside, changes, objections }: RegistryWord): string {
  const earlier = `beside ${beside} earlier release${beside === 1 ? '' : 's'}`;
  if (verdict === 'accepted') return `accepted as it is, ${earlier}`;
  const reasons = objections.map(({ reason }) => reason).join(', ');
  return `changed (${changes.join(', ')}) ${earlier}, which otherwise would tell of few people: ${reasons}`;
}
