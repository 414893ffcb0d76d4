import kafkajs, { type PartitionAssigner } from 'kafkajs';

const { MemberAssignment, MemberMetadata } = kafkajs.AssignerProtocol;

/**
 * Gives the partitions of each topic in turn to those members of a group that subscribed to it. The driver's own
 * assigner takes every member for a subscriber of the leader's topics: where members differ, the others' topics are
 * read by nobody.
 */
export const bySubscription: PartitionAssigner = ({ cluster }) => ({
  name: 'BySubscription',
  version: 1,
  async assign({ members }) {
    const subscribers = Map.groupBy(
      members.flatMap(({ memberId, memberMetadata }) =>
        (MemberMetadata.decode(memberMetadata)?.topics ?? []).map((topic) => ({ topic, memberId })),
      ),
      ({ topic }) => topic,
    );
    const assigned = new Map<string, Record<string, number[]>>(members.map(({ memberId }) => [memberId, {}]));
    for (const [topic, found] of subscribers) {
      const takers = found.map(({ memberId }) => memberId).sort();
      await cluster.addTargetTopic(topic); // the leader may not have subscribed to it itself
      for (const [index, { partitionId }] of cluster.findTopicPartitionMetadata(topic).entries()) {
        const taker = assigned.get(takers[index % takers.length]!)!;
        taker[topic] = [...(taker[topic] ?? []), partitionId];
      }
    }
    return [...assigned].map(([memberId, assignment]) => ({
      memberId,
      memberAssignment: MemberAssignment.encode({ version: 1, assignment, userData: Buffer.alloc(0) }),
    }));
  },
  protocol({ topics }) {
    return {
      name: 'BySubscription',
      metadata: MemberMetadata.encode({ version: 1, topics, userData: Buffer.alloc(0) }),
    };
  },
});
