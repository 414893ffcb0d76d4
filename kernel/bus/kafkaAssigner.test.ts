import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import kafkajs, { type Cluster } from 'kafkajs';
import { bySubscription } from './kafkaAssigner.ts';
import { silent } from './kafkaTesting.ts';

const { MemberAssignment } = kafkajs.AssignerProtocol;

test('each partition goes to one member that subscribed to its topic, evenly', async () => {
  const subscriptions = fc.array(fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { minLength: 1 }), {
    minLength: 1,
    maxLength: 6,
  });
  await fc.assert(
    fc.asyncProperty(subscriptions, fc.integer({ min: 1, max: 7 }), async (wanted, partitions) => {
      const numbers = Array.from({ length: partitions }, (_, partitionId) => ({ partitionId }));
      const cluster = { addTargetTopic: async () => {}, findTopicPartitionMetadata: () => numbers };
      const assigner = bySubscription({
        cluster: cluster as unknown as Cluster,
        groupId: 'g',
        logger: silent as never,
      });
      const members = wanted.map((topics, n) => ({
        memberId: `m${n}`,
        memberMetadata: assigner.protocol({ topics }).metadata,
      }));
      const given = await assigner.assign({ members, topics: wanted[0]! });
      const taken = new Map(
        given.map(({ memberId, memberAssignment }) => [
          memberId,
          MemberAssignment.decode(memberAssignment)!.assignment,
        ]),
      );
      for (const topic of new Set(wanted.flat())) {
        const shares = wanted.map((topics, n) => {
          const share = taken.get(`m${n}`)?.[topic] ?? [];
          assert.ok(share.length === 0 || topics.includes(topic));
          return topics.includes(topic) ? share : undefined;
        });
        const subscribed = shares.filter((share) => share !== undefined);
        assert.deepEqual(
          subscribed.flat().sort(),
          numbers.map(({ partitionId }) => partitionId),
        );
        const sizes = subscribed.map(({ length }) => length);
        assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1);
      }
    }),
  );
});
