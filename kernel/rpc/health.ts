import type { Server } from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';
import type { Service } from '../service.ts';
import type { RpcService } from './port.ts';

/** Whose readiness is told for the gRPC services that it offers. */
export type Hosted = Pick<Service, 'rpc' | 'unready'>;

/** How often readiness is looked at, milliseconds. */
const looksEvery = 250;

/**
 * The health service (grpc.health.v1): each gRPC service by its name serves while its host is ready, and the server as
 * `''` while all are. Those whom nobody hosts are always ready.
 */
export function health(server: Server, services: readonly RpcService[], hosted: readonly Hosted[]): { stop(): void } {
  const names = services.map(({ desc }) => desc.typeName);
  const implementation = new HealthImplementation();
  const told = new Map<string, boolean>();

  /** Whoever watches is told of changes only. */
  function tell(name: string, serves: boolean): void {
    if (told.get(name) === serves) return;
    told.set(name, serves);
    implementation.setStatus(name, serves ? 'SERVING' : 'NOT_SERVING');
  }

  function look(): void {
    const waiting = hosted.filter(({ unready }) => unready() !== undefined);
    const absent = new Set(waiting.flatMap(({ rpc }) => rpc.map(({ desc }) => desc.typeName)));
    for (const name of names) tell(name, !absent.has(name));
    tell('', waiting.length === 0);
  }

  look();
  implementation.addToServer(server);
  const looking = setInterval(look, looksEvery).unref();
  return {
    stop() {
      clearInterval(looking);
      for (const name of ['', ...names]) tell(name, false);
    },
  };
}
