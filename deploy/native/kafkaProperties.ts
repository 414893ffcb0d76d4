import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Place } from './engine.ts';

/**
 * A broker's configuration: failures are noticed within seconds, topics are made by whoever knows their settings, and a
 * replica that is behind is never made the leader.
 */
export function properties(place: Place, number: number, all: readonly number[]): string {
  const port = (name: string, n = number) => `127.0.0.1:${place.ports[`${name}-${n}`]}`;
  const [replicas, inSync] = all.length < 3 ? [1, 1] : [3, 2];
  const settings: Record<string, string | number | boolean> = {
    'process.roles': 'broker,controller',
    'node.id': number,
    'controller.quorum.voters': all.map((n) => `${n}@${port('controller', n)}`).join(','),
    listeners: `CLIENTS://${port('broker')},INTERNAL://${port('internal')},CONTROLLER://${port('controller')}`,
    'advertised.listeners': `CLIENTS://${port('broker')},INTERNAL://${port('internal')}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'INTERNAL',
    'listener.security.protocol.map': 'CLIENTS:SASL_SSL,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT',
    ...security(place),
    'log.dirs': join(place.folder, `data-${number}`),
    'auto.create.topics.enable': false,
    'default.replication.factor': replicas,
    'min.insync.replicas': inSync,
    'unclean.leader.election.enable': false,
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 1000,
    'broker.session.timeout.ms': 2000,
    'broker.heartbeat.interval.ms': 500,
    'controller.quorum.election.timeout.ms': 1000,
    'controller.quorum.fetch.timeout.ms': 2000,
    ...internalTopic('offsets.topic', 'replication.factor', replicas),
    ...internalTopic('transaction.state.log', 'replication.factor', replicas),
    ...internalTopic('share.coordinator.state.topic', 'replication.factor', replicas),
    'transaction.state.log.min.isr': inSync,
    'share.coordinator.state.topic.min.isr': inSync,
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

const internalTopic = (name: string, factor: string, replicas: number) => ({
  [`${name}.${factor}`]: replicas,
  [`${name}.num.partitions`]: 4,
});

function security({ certificate, key }: Place): Record<string, string> {
  const pem = (file: string) => readFileSync(file, 'utf8').trimEnd().replaceAll('\n', '\\n');
  const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required;';
  return {
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.certificate.chain': pem(certificate),
    'ssl.keystore.key': pem(key),
    'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
    'listener.name.clients.scram-sha-512.sasl.jaas.config': scram,
  };
}
