import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { kit } from '../deploy/native/kit.ts';
import { found, foundUnder } from './e2e/secrets.ts';
import type { Stored } from './platform.ts';

/** Words of ours that stand in the clear in an engine's files: what the search must see, or it looks at nothing. */
const legible = { 'engines/kafka/': 'healthchain.event.v1.', 'engines/fabric/': 'audit:' };

/**
 * Looks for the secrets in every document of MongoDB, whose files are compressed, and in every byte below the folder:
 * Kafka's segments, the ledgers of Fabric's peers and orderers, the key file and all logs.
 */
export async function storedByEngines(folder: string, secrets: readonly string[]): Promise<Stored> {
  const documents = await inDocuments(kit(join(folder, 'engines')).status('mongo').variables.MONGODB_URL!, secrets);
  const words = Object.values(legible);
  const { files, hits } = await foundUnder(folder, [...secrets, ...words]);
  const unseen = Object.entries(legible).filter(
    ([where, word]) => !hits.some((hit) => hit.includes(where) && hit.endsWith(`: ${word}`)),
  );
  return {
    places: documents.places + files,
    hits: [
      ...documents.hits,
      ...hits.filter((hit) => !words.some((word) => hit.endsWith(`: ${word}`))),
      ...unseen.map(([where, word]) => `${where} was not searched: it does not hold "${word}"`),
    ],
  };
}

async function inDocuments(url: string, secrets: readonly string[]): Promise<Stored> {
  const client = await MongoClient.connect(url);
  const stored: Stored = { places: 0, hits: [] };
  try {
    const { databases } = await client.db('admin').admin().listDatabases();
    for (const { name } of databases.filter(({ name }) => name.startsWith('healthchain-'))) {
      for (const { collectionName } of await client.db(name).collections()) {
        for await (const document of client.db(name).collection(collectionName).find({}, { raw: true })) {
          stored.places += 1;
          const hits = found(secrets, document as unknown as Buffer);
          stored.hits.push(...hits.map((secret) => `${name}.${collectionName}: ${secret}`));
        }
      }
    }
  } finally {
    await client.close();
  }
  return stored;
}
