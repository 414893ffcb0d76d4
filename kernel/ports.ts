import { once } from 'node:events';
import { createServer } from 'node:net';
import { Failure } from './errors.ts';

/**
 * Looks whether a process can listen where it is told to, before it has opened or written anything.
 * @param ports by the name of their variable; 0 is any free one
 * @throws Failure `unavailable` that names the variable, and says why it cannot
 */
export async function refuseTaken(host: string, ports: Readonly<Record<string, number>>): Promise<void> {
  for (const [variable, port] of Object.entries(ports)) {
    const server = createServer();
    try {
      await once(server.listen(port, host), 'listening');
      await once(server.close(), 'close');
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      const reason = code === 'EADDRINUSE' ? 'another program has it; stop that, or choose another port' : `${code}`;
      throw new Failure('unavailable', `${variable}: cannot listen on ${host}:${port}: ${reason}.`, { cause });
    }
  }
}
