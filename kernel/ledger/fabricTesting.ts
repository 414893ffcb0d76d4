import { readFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import pino from 'pino';
import { systemClock } from '../clock.ts';
import { readConfig } from '../config.ts';
import { fabricLedger } from './fabric.ts';
import { type FabricConfig, type FabricTiming, fabricConfig, fabricTiming } from './fabricConfig.ts';
import type { Ledger } from './port.ts';

export const silent = pino({ level: 'silent' });

/** What a platform of this organisation reads. */
export function configOf(organization: string, change: Partial<FabricConfig> = {}): FabricConfig {
  const organizations = JSON.parse(readFileSync(process.env.FABRIC_ORGANIZATIONS!, 'utf8'));
  return { ...readConfig(organizations[organization], fabricConfig), ...change };
}

export const openAs = (
  organization: string,
  change: Partial<FabricConfig> = {},
  timing: Partial<FabricTiming> = {},
): Promise<Ledger> =>
  fabricLedger({
    config: configOf(organization, change),
    clock: systemClock,
    log: silent,
    timing: { ...fabricTiming, ...timing },
  });

/** Passes bytes on between clients and a loopback port. */
export interface Proxy {
  /** Host and port to connect to. */
  address: string;
  /** Connections that were opened so far. */
  connections(): number;
  /** From now on the connections that are open take everything and answer nothing; new ones work. */
  freeze(): void;
  close(): Promise<void>;
}

export async function freezingProxy(target: string): Promise<Proxy> {
  const pairs: [client: Socket, server: Socket][] = [];
  const server = createServer((client) => {
    const upstream = connect(Number(target.split(':')[1]), '127.0.0.1');
    pairs.push([client, upstream]);
    for (const socket of [client, upstream]) socket.on('error', () => {}); // each ends with the other
    client.pipe(upstream).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    address: `localhost:${port}`,
    connections: () => pairs.length,
    freeze() {
      for (const [client, upstream] of pairs) {
        client.unpipe(upstream).resume();
        upstream.unpipe(client).resume();
      }
    },
    async close() {
      for (const pair of pairs) for (const socket of pair) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
