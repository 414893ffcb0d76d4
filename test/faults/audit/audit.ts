import type { Logger } from 'pino';
import type { Span } from '../../../cli/verify/batch.ts';
import type { ServiceName } from '../../../kernel/bus/port.ts';
import type { Ledger } from '../../../kernel/ledger/port.ts';
import type { Feed } from '../feed.ts';
import type { Journal } from '../load/journal.ts';
import type { FaultyPlatform } from '../platform.ts';
import type { World } from '../world.ts';
import { consentsAreEntered } from './consents.ts';
import { batchesAreAnchored, bothLedgers, logIsWhole } from './ledgers.ts';
import { nothingElseIsParked } from './parked.ts';
import { settled } from './settled.ts';
import { openStores, type Stores } from './stores.ts';
import { answersAreLogged, eventsAreOnce, logIsComplete } from './trail.ts';
import { viewsAreRebuilt } from './views.ts';
import { studiesAreThere, writesAreOnce, writesAreThere } from './writes.ts';

/** What earlier audits of the same platform have read, so that each event is opened once. */
export interface Memory {
  /** Positions that were read up to: of records, of audit, and of each service's public events. */
  records: number;
  audit: number;
  published: Map<ServiceName, number>;
  /** References of resources by the marker in them. */
  created: Map<string, string[]>;
  /** Place in the log of each public event; the requests that the entries tell of. */
  entries: Map<string, string>;
  requests: Set<string>;
  /** Public events that services have recorded. */
  said: number;
  spans: Span[];
}

export const newMemory = (): Memory => ({
  ...{ records: 0, audit: 0, published: new Map(), created: new Map() },
  ...{ entries: new Map(), requests: new Set(), said: 0, spans: [] },
});

/** What is audited. */
export interface Audited {
  url: string;
  world: World;
  journal: Journal;
  feed: Feed;
  stores: Stores;
  ledgers: Ledger[];
  memory: Memory;
  log: Logger;
}

/** In this order: what is read back leaves its own traces, and later checks use what earlier ones have read. */
const before: Record<string, (audited: Audited) => Promise<string[]>> = {
  'acknowledged writes are there': writesAreThere,
  'studies are there, once': studiesAreThere,
};
const after: Record<string, (audited: Audited) => Promise<string[]>> = {
  'every request took effect once': writesAreOnce,
  'each event has one entry': eventsAreOnce,
  'answered reads are in the log': answersAreLogged,
  'all public events are in the log': logIsComplete,
  'log and ledger agree': batchesAreAnchored,
  'the served log is whole': logIsWhole,
  'consents are on the ledger': consentsAreEntered,
  'views are what a rebuild gives': viewsAreRebuilt,
  'only poison is parked': nothingElseIsParked,
  'nobody was answered wrongly': async ({ journal }) => [...new Set(journal.complaints)],
};

/** What was found wrong, by check; nothing: all is well. */
export type Findings = Record<string, string[]>;

/** Audits the whole of a platform that nobody uses any more, once it has done all that it has to do. */
export async function audit(
  platform: FaultyPlatform,
  parts: Pick<Audited, 'world' | 'journal' | 'feed' | 'memory' | 'log'>,
): Promise<Findings> {
  const closing: (() => Promise<unknown>)[] = [];
  try {
    const stores = await openStores(platform, parts.log);
    closing.push(() => stores.close());
    const ledgers = await bothLedgers(platform, parts.log);
    closing.push(() => Promise.all(ledgers.map((ledger) => ledger.close())));
    const audited: Audited = { ...parts, url: platform.url, stores, ledgers };
    const first = await run(before, audited);
    const end = await settled(platform, stores);
    return { ...first, 'everything is done': end, ...(await run(after, audited)) };
  } catch (error) {
    return { 'it can be audited': [(error as Error).message] };
  } finally {
    for (const close of closing) await close();
  }
}

async function run(checks: typeof before, audited: Audited): Promise<Findings> {
  const findings: Findings = {};
  for (const [name, check] of Object.entries(checks))
    findings[name] = await check(audited).catch((error: Error) => [error.message]);
  return findings;
}
