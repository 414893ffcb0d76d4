/**
 * The bus carries public events between services, at least once. Adapters: `sqlite.ts`, Kafka; one `conformance.ts`.
 */
export const services = ['identity', 'consent', 'records', 'audit', 'research'] as const;
export type ServiceName = (typeof services)[number];
/** One topic per publishing service. */
export type Topic = `healthchain.${ServiceName}.v1`;
export const topics: readonly Topic[] = services.map((name) => `healthchain.${name}.v1` as const);

export interface BusMessage {
  /** The public event's id; consumers drop ids they have handled. */
  id: string;
  /** Keyed hash of the stream: messages of one key stay in order. */
  key: string;
  /** CloudEvents attributes and trace context. No patient data. */
  headers: Record<string, string>;
  /** The public event's exact bytes. */
  value: Uint8Array;
}

export interface Received extends BusMessage {
  topic: Topic;
}

export interface Subscription {
  /** Finishes the batch in hand, saves its offset, leaves. */
  stop(): Promise<void>;
}

export interface SubscribeOptions {
  /** Consumer group: each message goes to one member of each group. */
  group: string;
  topics: readonly Topic[];
  /** At most so many messages a batch; default 500. */
  batch?: number;
  /**
   * Handles a batch, in order; its offset is saved after it resolves. Batches with other keys may be handled at the same
   * time. A batch that throws is retried with back-off;
   * then its messages one by one; a message that keeps failing is parked with its reason, and the rest go on.
   */
  handle(batch: Received[]): Promise<void>;
}

export interface Parked {
  topic: Topic;
  group: string;
  id: string;
  reason: string;
  value: Uint8Array;
}

export interface Bus {
  /** Durable when it resolves, in this order. One send in flight per relay. */
  send(topic: Topic, messages: BusMessage[]): Promise<void>;
  subscribe(options: SubscribeOptions): Promise<Subscription>;
  /** Messages sent to `topics` that `group` has not handled yet. */
  lag(group: string, topics: readonly Topic[]): Promise<number>;
  parked(group: string): Promise<Parked[]>;
  close(): Promise<void>;
}
