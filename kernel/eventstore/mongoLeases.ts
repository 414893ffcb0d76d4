import type { Db } from 'mongodb';
import { lapsesAfter } from './leases.ts';
import { duplicateKey } from './mongoErrors.ts';

interface LeaseDocument {
  _id: string;
  /** Empty: nobody. */
  holder: string;
  /** Grows whenever the holder asks, or another takes it. */
  beat: number;
}

/**
 * `EventStore.lease` and `release` on MongoDB. That a holder is gone is told by its beat, which stands still for as long
 * as a lease lapses by the asking process's own clock: clocks of different machines are never compared.
 */
export function mongoLeases(db: Db) {
  const leases = db.collection<LeaseDocument>('leases');
  /** What was last seen of leases that others hold, and when it was seen first. */
  const seen = new Map<string, { beat: number; since: number }>();

  function hasLapsed({ _id, beat }: LeaseDocument): boolean {
    const before = seen.get(_id);
    if (before?.beat === beat) return performance.now() - before.since >= lapsesAfter;
    seen.set(_id, { beat, since: performance.now() });
    return false;
  }

  async function make(name: string, holder: string): Promise<boolean> {
    try {
      await leases.insertOne({ _id: name, holder, beat: 1 });
      return true;
    } catch (error) {
      if ((error as { code?: number }).code === duplicateKey) return false;
      throw error;
    }
  }

  return {
    async lease(name: string, holder: string): Promise<boolean> {
      const kept = await leases.updateOne({ _id: name, holder }, { $inc: { beat: 1 } });
      if (kept.matchedCount === 1) return true;
      const found = await leases.findOne({ _id: name });
      if (!found) return make(name, holder);
      if (found.holder !== '' && !hasLapsed(found)) return false;
      const change = { $set: { holder }, $inc: { beat: 1 } };
      const taken = await leases.updateOne({ _id: name, holder: found.holder, beat: found.beat }, change);
      return taken.matchedCount === 1;
    },
    async release(name: string, holder: string): Promise<void> {
      await leases.updateOne({ _id: name, holder }, { $set: { holder: '' }, $inc: { beat: 1 } });
    },
  };
}
