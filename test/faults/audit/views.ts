import type { Logger } from 'pino';
import { type Bus, type ServiceName, services as serviceNames } from '../../../kernel/bus/port.ts';
import { randomIds, systemClock } from '../../../kernel/clock.ts';
import { readConfig, type Section } from '../../../kernel/config.ts';
import type { Ledger } from '../../../kernel/ledger/port.ts';
import type { Engines, Service } from '../../../kernel/service.ts';
import { metricsRegistry } from '../../../kernel/telemetry.ts';
import { mongoViews } from '../../../kernel/views/mongo.ts';
import { type StoredDocument, viewDocument } from '../../../kernel/views/mongoDocuments.ts';
import type { ViewDocument, Views } from '../../../kernel/views/port.ts';
import { sqliteViews } from '../../../kernel/views/sqlite.ts';
import { auditConfig } from '../../../services/audit/config.ts';
import { auditService } from '../../../services/audit/service.ts';
import { consentConfig } from '../../../services/consent/config.ts';
import { consentService } from '../../../services/consent/service.ts';
import { documentSeal } from '../../../services/identity/app/seal.ts';
import { identityConfig } from '../../../services/identity/config.ts';
import { identityService } from '../../../services/identity/service.ts';
import { index, collection as resources } from '../../../services/records/app/views.ts';
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
  for (const name of serviceNames) {
    const kept = stores.of(name);
    const views = sqliteViews(':memory:');
    try {
      await rebuilt(kept, views, url, log);
      wrong.push(...(await differences(kept, views)).map((document) => `${name}: ${document}`));
    } finally {
      await views.close();
    }
  }
  return wrong;
}

/** The real service, on its real events, with other views; it is never started. */
async function rebuilt({ name, store, keys, rpc }: Kept, views: Views, baseUrl: string, log: Logger): Promise<void> {
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
}

/** An engine that a rebuild has no use for. */
function absent<T extends object>(what: string): T {
  return new Proxy({} as T, {
    get() {
      throw new Error(`a rebuild uses the ${what}`);
    },
  });
}

/** Documents that are not the same in both, or in one of them only. */
async function differences(kept: Kept, views: Views): Promise<string[]> {
  const wrong: string[] = [];
  const live = mongoViews(kept.database);
  const collections = await kept.database.db.listCollections({ name: /^view\./ }).toArray();
  for (const { name: stored } of collections) {
    const name = stored.slice('view.'.length);
    const documents = await kept.database.db
      .collection<StoredDocument>(stored)
      .find({ body: { $ne: null } })
      .toArray();
    for (const document of documents.map(viewDocument)) {
      const again = await views.get(name, document.id);
      const same =
        again &&
        fields(again) === fields(document) &&
        (await content(kept, views, name, again)) === (await content(kept, live, name, document));
      if (!same) wrong.push(`${name}/${document.id} ${again ? 'differs' : 'is too many'}`);
    }
  }
  return wrong;
}

/** All but the body; the values of a key in no order. */
function fields({ version, sort, keys }: ViewDocument): string {
  const sorted = Object.entries(keys).map(([key, values]) => [key, [...new Set([values].flat())].sort()]);
  return JSON.stringify([version, sort, sorted.sort()]);
}

/** The body as text, opened where it is sealed: each sealing has a nonce of its own. */
async function content(
  { name, keyring }: Kept,
  views: Views,
  collection: string,
  document: ViewDocument,
): Promise<string> {
  if (name === 'identity') return JSON.stringify(await documentSeal(keyring).open(collection, document));
  if (name === 'records' && collection === resources)
    return JSON.stringify(await index({ views, keyring }).get(document.id));
  return Buffer.from(document.body).toString('base64');
}
