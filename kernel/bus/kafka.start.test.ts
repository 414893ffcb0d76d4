import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig } from '../config.ts';
import { Failure } from '../errors.ts';
import { kafkaBus } from './kafka.ts';
import { kafkaClient } from './kafkaClient.ts';
import { type KafkaOptions, kafkaOptions, kafkaSection } from './kafkaConfig.ts';
import { silent, testOptions } from './kafkaTesting.ts';

test('Kafka’s variables are read, and what is missing or unknown is named', () => {
  const read = (env: Record<string, string>) => kafkaOptions(readConfig(env, kafkaSection));
  const given = { KAFKA_BROKERS: 'a:1,b:2', KAFKA_SASL_MECHANISM: 'PLAIN', KAFKA_TLS: 'false' };
  const { brokers, sasl, tls } = read(given);
  assert.deepEqual([brokers, sasl?.mechanism, tls], [['a:1', 'b:2'], 'plain', undefined]);
  assert.deepEqual(read({ KAFKA_BROKERS: 'a:1' }).tls, {});
  assert.throws(() => read({}), /KAFKA_BROKERS is missing/);
  assert.throws(() => read({ ...given, KAFKA_SASL_MECHANISM: 'gssapi' }), /KAFKA_SASL_MECHANISM/);
  assert.throws(() => read({ KAFKA_BROKERS: 'a:1', KAFKA_TLS_CA: '/nowhere/ca.pem' }), /KAFKA_TLS_CA.*ENOENT/);
});

test('a cluster where nobody listens is told of in one line, soon', async () => {
  const { tls: _, ...options } = kafkaOptions(readConfig({ KAFKA_BROKERS: '127.0.0.1:1' }, kafkaSection));
  await refused(options, /no broker of KAFKA_BROKERS answers/);
});

if (!process.env.KAFKA_BROKERS) test('kafka: start', (t) => t.skip('NOT RUN: Kafka (npm run test:engines)'));
else withBrokers();

function withBrokers(): void {
  const given = testOptions(process.env);
  const { sasl } = given;
  const cases: [string, KafkaOptions, RegExp][] = [
    ['a wrong password', { ...given, sasl: { ...sasl!, password: 'no' } }, /refuses KAFKA_SASL_USERNAME/],
    ['a mechanism it does not have', { ...given, sasl: { ...sasl!, mechanism: 'plain' } }, /KAFKA_SASL_MECHANISM/],
    ['a certificate that nobody vouches for', { ...given, tls: {} }, /not trusted.*KAFKA_TLS_CA/],
  ];
  for (const [what, options, message] of cases) test(`kafka: ${what}`, () => refused(options, message));
  test('kafka: no TLS where the broker wants it', () => {
    const { tls: _, ...clear } = given;
    return refused(clear, /no broker of KAFKA_BROKERS answers/);
  });

  test('kafka: a topic that somebody made with other settings', async () => {
    const topic = `${given.prefix}healthchain.records.v1`;
    const admin = kafkaClient({ options: given, log: silent, retries: 5 }).admin();
    await admin.connect();
    try {
      await admin.createTopics({ topics: [{ topic, numPartitions: 3 }], waitForLeaders: true });
      const before = await admin.listTopics();
      const mine = { ...given, partitions: 2 };
      await refused(mine, /healthchain\.records\.v1 has partitions 3, but 2 is configured/);
      await refused({ ...mine, partitions: 3, retentionMs: 1000 }, /has retention\.ms \d+, but 1000 is configured/);
      assert.deepEqual(await admin.listTopics(), before, 'nothing is written');
      await admin.deleteTopics({ topics: [topic] });
    } finally {
      await admin.disconnect();
    }
  });
}

async function refused(options: KafkaOptions, message: RegExp): Promise<void> {
  const started = performance.now();
  await assert.rejects(kafkaBus(options, { log: silent }), (error: unknown) => {
    assert.ok(error instanceof Failure, `${error}`);
    assert.match(error.message, message);
    assert.doesNotMatch(error.message, /\n/);
    return true;
  });
  assert.ok(performance.now() - started < 10_000);
}
