import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { Authenticate } from './auth/actor.ts';
import type { Bus, ServiceName } from './bus/port.ts';
import type { Clock, Ids } from './clock.ts';
import type { EventStore } from './eventstore/port.ts';
import type { KeyService } from './keys/port.ts';
import type { Ledger } from './ledger/port.ts';
import type { RpcService, RpcTransport } from './rpc/port.ts';
import type { Metrics } from './telemetry.ts';
import type { Views } from './views/port.ts';

/** What a host process gives to a service: its own store, views and keys, and the engines it shares with others. */
export interface Engines {
  store: EventStore;
  views: Views;
  bus: Bus;
  keys: KeyService;
  ledger: Ledger;
  clock: Clock;
  ids: Ids;
  log: Logger;
  metrics: Metrics;
  /** Asks other services. */
  rpc: RpcTransport;
  authenticate: Authenticate;
  /** The audit service's raw X25519 public key: details of public events are sealed to it. */
  auditKey: Uint8Array;
}

/** What a service offers to a host process. */
export interface Service {
  name: ServiceName;
  /** Adds the service's routes to the one HTTP server. */
  rest?(app: FastifyInstance): Promise<void>;
  rpc: RpcService[];
  /** Catches views up, joins the bus, starts the relay. Other services may not answer yet. */
  start(): Promise<void>;
  /** Undefined when it can serve, else the reason why not. */
  unready(): string | undefined;
  /** Ends what would not end by itself, such as a stream that waits for news; before the doors are closed. */
  drain?(): void;
  /** Empties the views and fills them again from the events; only while nothing else is served. */
  rebuild(): Promise<void>;
  /** Finishes what is in hand, leaves the bus. The host closes the engines. */
  stop(): Promise<void>;
}
