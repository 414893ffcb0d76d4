import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openReadOnly } from './readOnly.ts';

/** What a service's views hold: of each collection its documents, as a number and as a digest of all but their bodies. */
export type ViewContent = Record<string, { documents: number; digest: string }>;

/** Reads the views of an embedded platform's service from its data folder; empty where it has none yet. */
export function viewContent(folder: string, service: string): ViewContent {
  const file = join(folder, `${service}.views.db`);
  if (!existsSync(file)) return {};
  const db = openReadOnly(file);
  try {
    const hashes = new Map<string, ReturnType<typeof createHash>>();
    const content: ViewContent = {};
    for (const { collection, ...document } of db.prepare(documents).iterate()) {
      const name = String(collection);
      const hash = hashes.get(name) ?? createHash('sha256');
      hashes.set(name, hash.update(JSON.stringify(document)));
      content[name] = { documents: (content[name]?.documents ?? 0) + 1, digest: '' };
    }
    for (const [name, hash] of hashes) content[name]!.digest = hash.digest('hex');
    return content;
  } finally {
    db.close();
  }
}

/** Bodies are left out: where they are sealed, each sealing has a nonce of its own. */
const documents = `
  SELECT collection, id, version, sort,
    (SELECT json_group_array(json_array(key, value)) FROM (
      SELECT key, value FROM keys k WHERE k.collection = d.collection AND k.id = d.id ORDER BY key, value)) AS keys
  FROM documents d WHERE body IS NOT NULL ORDER BY collection, id`;
