import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Kit } from '../kit.ts';

export const ordererNames = (engines: Kit): string[] =>
  engines
    .status('fabric')
    .processes.map(({ name }) => name)
    .filter((name) => name.startsWith('orderer-'));

/** The orderer that says in its metrics that it leads; waits until one does. */
export async function leadingOrderer(engines: Kit): Promise<string> {
  const ports = JSON.parse(readFileSync(join(engines.status('fabric').folder, 'ports.json'), 'utf8'));
  for (;;) {
    for (const name of ordererNames(engines)) {
      const metrics = await fetch(`http://127.0.0.1:${ports[`${name}-operations`]}/metrics`).then(
        (answer) => answer.text(),
        () => '', // it does not run now
      );
      if (/^consensus_etcdraft_is_leader\{.*\} 1$/m.test(metrics)) return name;
    }
    await pause(50);
  }
}
