import type { Logger } from 'pino';
import type { Bus, ServiceName } from '../../../kernel/bus/port.ts';
import { randomIds, systemClock } from '../../../kernel/clock.ts';
import { readConfig, type Section } from '../../../kernel/config.ts';
import type { Ledger } from '../../../kernel/ledger/port.ts';
import type { Engines, Service } from '../../../kernel/service.ts';
import { metricsRegistry } from '../../../kernel/telemetry.ts';
import { mongoViews } from '../../../kernel/views/mongo.ts';
import type { StoredDocument } from '../../../kernel/views/mongoDocuments.ts';
import type { Views } from '../../../kernel/views/port.ts';
import { sqliteViews } from '../../../kernel/views/sqlite.ts';
import { auditConfig } from '../../../services/audit/config.ts';
import { auditService } from '../../../services/audit/service.ts';
import { consentConfig } from '../../../services/consent/config.ts';
import { consentService } from '../../../services/consent/service.ts';
import { documentSeal } from '../../../services/identity/app/seal.ts';
import { identityConfig } from '../../../services/identity/config.ts';
import { identityService } from '../../../services/identity/service.ts';
import { index } from '../../../services/records/app/views.ts';
import { recordsConfig } from '../../../services/records/config.ts';
import { recordsService } from '../../../services/records/service.ts';
import { researchConfig } from '../../../services/research/config.ts';
import { researchService } from '../../../services/research/service.ts';
import type { Audited } from './audit.ts';
import type { Kept } from './stores.ts';

type Make = (engines: Engines, config: never) => Promise<Service>;
const makers: Record<ServiceName, { make: Make; section: Section }> = {
  identity: { make: identityService as Make, section: identityConfig },
  consent: { make: consentService as Make, section: consentConfig },
  records: { make: recordsService as Make, section: recordsConfig },
  audit: { make: auditService as Make, section: auditConfig },
  research: { make: researchService as Make, section: researchConfig },
};

/** Every service's views hold, opened, what a rebuild from its events makes of nothing. */
export async function viewsAreRebuilt({ url, stores, log }: Audited): Promise<string[]> {
  const wrong: string[] = [];
  for (const kept of stores.all) {
    const views = sqliteViews(':memory:');
    try {
      const written = await rebuilt(kept, views, url, log);
      for (const [collection, ids] of written)
        wrong.push(
          ...(await differences(kept, views, collection, ids)).map((id) => `${kept.name}: ${collection}/${id}`),
        );
    } finally {
      await views.close();
    }
  }
  return wrong;
}

/**
 * The real service, on its real events, with other views; it is never started.
 * @returns the ids of the documents, by collection. Collections that a rebuild leaves alone are not among them: they
 * hold what no event tells, such as logins under way
 */
async function rebuilt({ name, store, keys, rpc }: Kept, own: Views, baseUrl: string, log: Logger) {
  const written = new Map<string, Set<string>>();
  const views: Views = {
    ...own,
    async clear(collection) {
      written.set(collection, new Set());
    },
    async apply(writes) {
      for (const { collection, id } of writes) written.get(collection)!.add(id);
      await own.apply(writes);
    },
  };
  const authenticate = async () => {
    throw new Error('nobody is served');
  };
  const service = await makers[name].make(
    {
      ...{ store, views, keys, rpc, log, authenticate, clock: systemClock, ids: randomIds },
      ...{ bus: absent<Bus>('bus'), ledger: absent<Ledger>('ledger'), metrics: metricsRegistry() },
      auditKey: await keys.intakeKey(),
    },
    { ...readConfig({}, makers[name].section), baseUrl } as never,
  );
  await service.rebuild();
  return written;
}

/** An engine that a rebuild has no use for. */
function absent<T extends object>(what: string): T {
  return new Proxy({} as T, {
    get() {
      throw new Error(`a rebuild uses the ${what}`);
    },
  });
}

/** Documents of a collection that are not the same in both, or in one of them only. */
async function differences(kept: Kept, again: Views, collection: string, ids: Set<string>): Promise<string[]> {
  const live = mongoViews(kept.database);
  const wrong: string[] = [];
  const stored = kept.database.db.collection<StoredDocument>(`view.${collection}`).find({ body: { $ne: null } });
  for await (const { _id } of stored.project<{ _id: string }>({ _id: 1 })) ids.add(_id);
  for (const id of ids) {
    const [is, was] = [await opened(kept, again, collection, id), await opened(kept, live, collection, id)];
    if (is !== was) wrong.push(`${id} ${!is ? 'is too many' : was ? 'is another' : 'is missing'}`);
  }
  return wrong;
}

/** A document as text, its body opened where it is sealed; undefined where there is none. */
async function opened({ name, keyring }: Kept, views: Views, collection: string, id: string) {
  const document = await views.get(collection, id);
  if (!document) return undefined;
  const { version, sort, keys, body } = document;
  const sorted = Object.entries(keys).map(([key, values]) => [key, [...new Set([values].flat())].sort()]);
  return JSON.stringify([version, sort, sorted.sort(), await content()]);

  async function content(): Promise<unknown> {
    if (name === 'identity') return documentSeal(keyring).open(collection, document!);
    if (name === 'records') return index({ views, keyring }).get(id);
    return Buffer.from(body).toString('base64');
  }
}
