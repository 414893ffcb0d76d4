import { createServer } from 'node:net';

/** Resolves to whether nobody listens on this loopback port. */
export async function isFree(port: number): Promise<boolean> {
  return (await listen(port)) !== undefined;
}

/** One free loopback port for each name. */
export async function freePorts(names: readonly string[]): Promise<Record<string, number>> {
  const ports: Record<string, number> = {};
  while (Object.keys(ports).length < names.length) {
    const port = await listen(0);
    if (port && !Object.values(ports).includes(port)) ports[names[Object.keys(ports).length]!] = port;
  }
  return ports;
}

function listen(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(address && typeof address === 'object' ? address.port : undefined));
    });
  });
}
