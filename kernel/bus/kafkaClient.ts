import kafkajs, { type ISocketFactory, type Kafka } from 'kafkajs';
import type { Logger } from 'pino';
import type { KafkaOptions } from './kafkaConfig.ts';
import { calmTimers } from './kafkaTimers.ts';

interface Parts {
  options: Pick<KafkaOptions, 'brokers' | 'tls' | 'sasl'>;
  log: Logger;
  /** How often a request is tried again. */
  retries: number;
  /** Opens connections; tests cut them by it. */
  socketFactory?: ISocketFactory;
}

/** A client of the cluster. What kafkajs logs is warnings of ours: every failure reaches a caller as well. */
export function kafkaClient({ options, log, retries, socketFactory }: Parts): Kafka {
  calmTimers();
  const { brokers, tls, sasl } = options;
  return new kafkajs.Kafka({
    clientId: 'healthchain',
    brokers,
    ...(tls && { ssl: { ...tls, ...(tls.ca && { ca: [tls.ca] }) } }),
    ...(sasl && { sasl: sasl as never }), // its type wants a literal mechanism
    connectionTimeout: 3000,
    authenticationTimeout: 3000,
    requestTimeout: 10_000,
    retry: { retries, initialRetryTime: 100, maxRetryTime: 2000 },
    ...(socketFactory && { socketFactory }),
    logLevel: kafkajs.logLevel.WARN,
    logCreator: () => {
      return ({ level, log: { message, error } }) =>
        log[level === kafkajs.logLevel.ERROR ? 'warn' : 'debug']({ reason: error }, `kafka: ${message}`);
    },
  });
}
