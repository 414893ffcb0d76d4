import { readFileSync } from 'node:fs';
import type { Config, Section } from '../config.ts';
import { Failure } from '../errors.ts';

export const kafkaSection = {
  KAFKA_BROKERS: { type: 'string', default: '', doc: 'host:port of some brokers, separated by commas' },
  KAFKA_TLS: { type: 'flag', default: true, doc: 'connect to Kafka by TLS' },
  KAFKA_TLS_CA: { type: 'string', default: '', doc: 'PEM file of the CA of the brokers; empty: those of Node' },
  KAFKA_TLS_CERT: { type: 'string', default: '', doc: 'PEM file of our certificate, where brokers ask for one' },
  KAFKA_TLS_KEY: { type: 'string', default: '', doc: 'PEM file of its key' },
  KAFKA_SASL_MECHANISM: { type: 'string', default: '', doc: 'plain, scram-sha-256 or scram-sha-512; empty: none' },
  KAFKA_SASL_USERNAME: { type: 'string', default: '', doc: 'user at the brokers' },
  KAFKA_SASL_PASSWORD: { type: 'string', default: '', doc: 'password of that user' },
  KAFKA_PREFIX: { type: 'string', default: '', doc: 'put before the names of topics and groups, to share a cluster' },
  KAFKA_PARTITIONS: { type: 'integer', default: 6, doc: 'partitions of a topic: how many replicas can share it' },
  KAFKA_REPLICATION: { type: 'integer', default: 0, doc: 'copies of a partition; 0: as the cluster says' },
  KAFKA_RETENTION_MS: { type: 'milliseconds', default: 604_800_000, doc: 'how long a topic keeps events' },
  KAFKA_SESSION_TIMEOUT_MS: { type: 'milliseconds', default: 10_000, doc: 'when a silent consumer is given up' },
} as const satisfies Section;

export interface KafkaOptions {
  brokers: string[];
  /** Undefined: in the clear. PEM texts. */
  tls?: { ca?: string; cert?: string; key?: string };
  sasl?: { mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'; username: string; password: string };
  prefix: string;
  partitions: number;
  /** 0: as the cluster says. */
  replication: number;
  retentionMs: number;
  sessionTimeoutMs: number;
}

/** @throws Failure `invalid` where a variable is missing, or a file cannot be read */
export function kafkaOptions(config: Config<typeof kafkaSection>): KafkaOptions {
  const brokers = config.KAFKA_BROKERS.split(',').filter(Boolean);
  if (brokers.length === 0) throw new Failure('invalid', 'KAFKA_BROKERS is missing.');
  const sasl = saslOf(config);
  return {
    brokers,
    ...(config.KAFKA_TLS && { tls: tlsOf(config) }),
    ...(sasl && { sasl }),
    prefix: config.KAFKA_PREFIX,
    partitions: config.KAFKA_PARTITIONS,
    replication: config.KAFKA_REPLICATION,
    retentionMs: config.KAFKA_RETENTION_MS,
    sessionTimeoutMs: config.KAFKA_SESSION_TIMEOUT_MS,
  };
}

function tlsOf(config: Config<typeof kafkaSection>): NonNullable<KafkaOptions['tls']> {
  const files = { ca: 'KAFKA_TLS_CA', cert: 'KAFKA_TLS_CERT', key: 'KAFKA_TLS_KEY' } as const;
  const given = Object.entries(files).filter(([, variable]) => config[variable]);
  return Object.fromEntries(given.map(([name, variable]) => [name, text(variable, config[variable])]));
}

function text(variable: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Failure('invalid', `${variable}: the file cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  }
}

function saslOf(config: Config<typeof kafkaSection>): KafkaOptions['sasl'] {
  const mechanism = config.KAFKA_SASL_MECHANISM.toLowerCase();
  if (mechanism === '') return undefined;
  if (mechanism !== 'plain' && mechanism !== 'scram-sha-256' && mechanism !== 'scram-sha-512') {
    throw new Failure('invalid', 'KAFKA_SASL_MECHANISM is neither plain nor scram-sha-256 nor scram-sha-512.');
  }
  return { mechanism, username: config.KAFKA_SASL_USERNAME, password: config.KAFKA_SASL_PASSWORD };
}
