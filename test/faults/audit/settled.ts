import { type Program, programNames } from '../../../deploy/native/services.ts';
import { eventually } from '../../../deploy/native/waiting.ts';
import type { FaultyPlatform } from '../platform.ts';
import type { Stores } from './stores.ts';

/** Longest that everything may take until it is where it belongs, milliseconds. */
const patience = 180_000;

/** What has to come to nothing, in the order in which an event passes it. */
const lags = ['healthchain_relay_lag', 'healthchain_bus_lag', 'healthchain_anchor_lag', 'healthchain_ledger_lag'];

/** Waits until nobody has anything left to do: every event sequenced, sent, logged, anchored and entered. */
export async function settled(platform: FaultyPlatform, stores: Stores): Promise<string[]> {
  return eventually('the platform, with all it has to do,', patience, async () => {
    for (const { name, database } of stores.all) {
      const pending = await database.db.collection('commits').countDocuments({ pending: true });
      if (pending > 0) throw new Error(`${pending} commits of ${name} have no position`);
    }
    for (const lag of lags)
      for (const name of programNames) {
        const left = await metric(platform, name, lag);
        if (left > 0) throw new Error(`${lag} of ${name} is ${left}`);
      }
  }).then(
    () => [],
    (error: Error) => [error.message],
  );
}

/** The sum of a metric over its labels; 0 where a service has none of it. */
async function metric({ services }: FaultyPlatform, name: Program, metric: string): Promise<number> {
  const text = await (await fetch(`${services.http(name)}/metrics`)).text();
  const values = [...text.matchAll(new RegExp(`^${metric}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))];
  return values.reduce((sum, [, value]) => sum + Number(value), 0);
}
