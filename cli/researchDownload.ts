import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { untar } from '../services/research/package/tar.ts';
import { verifyPackage } from '../services/research/package/verify.ts';
import { writePackage } from '../services/research/package/write.ts';
import { bodyWith, restClient } from './client.ts';
import { Misuse, type Option } from './command.ts';
import { type Action, given } from './researchDoors.ts';

export const releaseOptions: Record<string, Option> = {
  release: { type: 'string', doc: 'download, recall, attest: the release' },
  to: { type: 'string', doc: 'download: where its folder goes (default: here)' },
  'accept-terms': { type: 'boolean', doc: 'download: you accept the study’s terms of data use' },
};

interface Release {
  id: string;
  study: string;
  definition: number;
  status: string;
  released_at: string;
  data_use: string;
  terms: string;
}

export const releaseActions: Record<string, Action> = {
  async releases(client) {
    const { releases } = bodyWith(await client.call('/research/releases'), 'releases');
    return { result: releases, lines: (releases as Release[]).map(releaseLine) };
  },
  /** Verified by the key that the platform publishes before it counts as downloaded. */
  async download(client, values, { server }) {
    const path = `/research/releases/${encodeURIComponent(given(values, 'release'))}`;
    const release: Release = bodyWith(await client.call(path), 'terms', 'data_use');
    if (!values['accept-terms']) throw new Misuse(`Say --accept-terms if you accept: ${release.data_use}`);
    const accepted = createHash('sha256').update(release.data_use).digest('hex');
    const { bytes } = await client.call(`${path}/package?terms=${accepted}`);
    const folder = join(String(values.to ?? '.'), release.id);
    await writePackage(folder, untar(bytes));
    const { vkey } = bodyWith(await restClient(server).call('/research/key'), 'vkey');
    const { manifest, rows, k } = await verifyPackage(folder, vkey).catch(async (error: unknown) => {
      await rm(folder, { recursive: true });
      throw error;
    });
    const told = `${rows} rows, at least ${k} alike; verified with ${vkey}`;
    return { result: { folder, rows, k, contents: manifest.contents, ledger: manifest.ledger }, lines: [folder, told] };
  },
};

const releaseLine = ({ id, study, definition, status, released_at: at }: Release): string =>
  `${id}  study ${study}, definition ${definition}, released ${at}: ${status}`;
