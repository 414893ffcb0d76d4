import { lru } from '../../../kernel/keys/lru.ts';
import { evolve, noResource, type Resource, type ResourceEvent } from '../domain/resource.ts';
import type { RecordsLog } from './log.ts';
import type { Entry } from './views.ts';

/** One version of a resource. */
export interface Version {
  version: number;
  event: ResourceEvent;
}

/** Resources as their streams have them: always the newest, whatever the views say. */
export interface Resources {
  current(type: string, id: string): Promise<Resource>;
  /** Undefined where there is no such version. */
  version(type: string, id: string, version: number): Promise<Version | undefined>;
  /** The JSON texts of these very versions. */
  texts(entries: readonly Entry[]): Promise<string[]>;
  /** Newest first. */
  history(type: string, id: string): Promise<Version[]>;
  /** Whether there ever was a resource at `Type/id`. */
  exists(reference: string): Promise<boolean>;
}

/** References known to exist, kept at most: a stream never goes away. */
const remembered = 50_000;

export function resources(log: RecordsLog): Resources {
  const known = lru<true>(remembered);

  async function version(type: string, id: string, version: number): Promise<Version | undefined> {
    const [found] = await log.read(`${type}/${id}`, { from: version, limit: 1 });
    return found && { version, event: found.event as ResourceEvent };
  }

  return {
    async current(type, id) {
      const last = await log.last(`${type}/${id}`);
      if (!last) return noResource;
      return { ...evolve(noResource, last.event as ResourceEvent), version: last.version } as Resource;
    },
    version,
    texts: (entries) =>
      Promise.all(entries.map(async ({ type, id, version: at }) => (await version(type, id, at))!.event.json)),
    async history(type, id) {
      const events = await log.read(`${type}/${id}`);
      return events.map(({ version, event }) => ({ version, event: event as ResourceEvent })).reverse();
    },
    async exists(reference) {
      if (known.get(reference)) return true;
      const there = (await log.version(reference)) > 0;
      if (there) known.set(reference, true);
      return there;
    },
  };
}
