import { programNames } from '../../../deploy/native/services.ts';
import { eventually } from '../../../deploy/native/waiting.ts';
import type { FaultyPlatform } from '../platform.ts';
import type { Stores } from './stores.ts';

/** Longest that everything may take until it is where it belongs, milliseconds. */
const patience = 180_000;

/** What has to come to nothing, in the order in which an event passes it; and how many services tell of it. */
const lags: [name: string, told: number][] = [
  ['healthchain_relay_lag', 5],
  ['healthchain_bus_lag', 1],
  ['healthchain_anchor_lag', 1],
  ['healthchain_ledger_lag', 2],
];

/** Waits until nobody has anything left to do: every event sequenced, sent, logged, anchored and entered. */
export async function settled(platform: FaultyPlatform, stores: Stores): Promise<string[]> {
  return eventually('the platform, with all it has to do,', patience, async () => {
    for (const { name, database } of stores.all) {
      const pending = await database.db.collection('commits').countDocuments({ pending: true });
      if (pending > 0) throw new Error(`${pending} commits of ${name} have no position`);
    }
    for (const [lag, told] of lags) {
      const found = await metric(platform, lag);
      const left = found.reduce((sum, each) => sum + each, 0);
      if (left > 0 || found.length < told) throw new Error(`${lag} is ${left}, told by ${found.length}`);
    }
  }).then(
    () => [],
    (error: Error) => [error.message],
  );
}

/** A metric's values, of every service that has it. */
async function metric({ services }: FaultyPlatform, metric: string): Promise<number[]> {
  const texts = programNames.map(async (name) => (await fetch(`${services.http(name)}/metrics`)).text());
  const all = (await Promise.all(texts)).join('\n');
  return [...all.matchAll(new RegExp(`^${metric}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))].map(([, value]) => Number(value));
}
