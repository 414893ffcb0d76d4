import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import kafkajs from 'kafkajs';
import { calmTimers } from '../../kernel/bus/kafkaTimers.ts';
import { run } from './command.ts';
import type { Engine, EngineProcess, Place } from './engine.ts';
import { properties } from './kafkaProperties.ts';
import { java, maven } from './tools.ts';

const user = 'healthchain';
const mechanism = 'scram-sha-512';

/** The libraries of a broker, by Maven; slf4j 1.7 is what Kafka logs through. */
const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>healthchain</groupId><artifactId>kafka-broker</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>4.4.0</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
`;

/**
 * Apache Kafka without ZooKeeper: each process is broker and controller. Clients come by TLS and SCRAM.
 * @param brokers 1, or 3 to survive the loss of one
 */
export function kafka(brokers: number): Engine {
  const numbers = Array.from({ length: brokers }, (_, index) => index + 1);
  return {
    version: 'kafka-4.4.0',
    tools: [java, maven],
    ports: numbers.flatMap((n) => [`broker-${n}`, `controller-${n}`, `internal-${n}`]),
    async install(folder) {
      writeFileSync(join(folder, 'pom.xml'), pom);
      const goal = [
        'dependency:copy-dependencies',
        `-DoutputDirectory=${join(folder, 'libs')}`,
        '-DincludeScope=runtime',
      ];
      await run('mvn', '--batch-mode', '--quiet', '--file', join(folder, 'pom.xml'), ...goal);
    },
    async format(place) {
      const cluster = 'healthchain-engines-00';
      const scram = `SCRAM-SHA-512=[name=${user},password=${place.password}]`;
      for (const { file } of configure(place, numbers)) {
        const options = ['--cluster-id', cluster, '--config', file, '--add-scram', scram];
        await formatted(place, options);
      }
    },
    processes: (place) =>
      configure(place, numbers).map(({ name, file }): EngineProcess => {
        const heap = ['-Xms128m', '-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
        const logging = '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn';
        return { name, command: 'java', args: [...heap, logging, '-cp', libraries(place), 'kafka.Kafka', file] };
      }),
    variables: (place) => ({
      KAFKA_BROKERS: numbers.map((n) => `127.0.0.1:${place.ports[`broker-${n}`]}`).join(','),
      KAFKA_TLS: 'true',
      KAFKA_TLS_CA: place.certificate,
      KAFKA_SASL_MECHANISM: mechanism,
      KAFKA_SASL_USERNAME: user,
      KAFKA_SASL_PASSWORD: place.password,
    }),
    probe: (place) => probe(place, brokers),
  };
}

/** By a file of arguments: those of a process everybody on the machine may read, and one is a password. */
async function formatted(place: Place, options: readonly string[]): Promise<void> {
  const file = join(place.folder, 'format.args');
  const args = ['-cp', libraries(place), 'kafka.tools.StorageTool', 'format', ...options];
  writeFileSync(file, args.map((each) => JSON.stringify(each)).join('\n'), { mode: 0o600 });
  try {
    await run('java', `@${file}`);
  } finally {
    rmSync(file);
  }
}

const libraries = ({ binaries }: Place) => join(binaries, 'libs', '*');

function configure(place: Place, numbers: number[]): { name: string; file: string }[] {
  return numbers.map((n) => {
    const file = join(place.folder, `broker-${n}.properties`);
    mkdirSync(join(place.folder, `data-${n}`), { recursive: true });
    writeFileSync(file, properties(place, n, numbers), { mode: 0o600 });
    return { name: `broker-${n}`, file };
  });
}

/** Every broker is there, and each partition of a topic could have a leader. */
async function probe({ ports, certificate, password }: Place, brokers: number): Promise<void> {
  calmTimers();
  const admin = new kafkajs.Kafka({
    brokers: [`127.0.0.1:${ports['broker-1']}`],
    ssl: { ca: [readFileSync(certificate, 'utf8')] },
    sasl: { mechanism, username: user, password },
    connectionTimeout: 1000,
    retry: { retries: 0 },
    logLevel: kafkajs.logLevel.NOTHING,
  }).admin();
  try {
    await admin.connect();
    const cluster = await admin.describeCluster();
    if (cluster.brokers.length < brokers) throw new Error(`${cluster.brokers.length} of ${brokers} brokers are there`);
  } finally {
    await admin.disconnect();
  }
}
