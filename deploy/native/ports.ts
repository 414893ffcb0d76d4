import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Resolves to whether nobody listens on this loopback port. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** Below the ports that systems give to outgoing connections, which would take those of an engine that is down. */
const [lowest, highest] = [20_000, 32_000];

/** One free loopback port for each name. */
export async function freePorts(names: readonly string[]): Promise<Record<string, number>> {
  const ports = new Set<number>();
  while (ports.size < names.length) {
    const port = randomInt(lowest, highest);
    if (await isFree(port)) ports.add(port);
  }
  return Object.fromEntries([...ports].map((port, index) => [names[index], port]));
}

/** Free loopback ports that others find taken until each is released to whom it is for. */
export interface HeldPorts {
  ports: Readonly<Record<string, number>>;
  release(name: string): Promise<void>;
}

export async function holdPorts(names: readonly string[]): Promise<HeldPorts> {
  const ports = await freePorts(names);
  const holding = new Map(names.map((name) => [name, createServer().unref().listen(ports[name], '127.0.0.1')]));
  await Promise.all([...holding.values()].map((server) => once(server, 'listening')));
  return {
    ports,
    async release(name) {
      const server = holding.get(name);
      if (!holding.delete(name)) return;
      await once(server!.close(), 'close');
    },
  };
}
