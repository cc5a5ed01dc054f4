/**
 * How the leader of a group divides the partitions: in runs, as the rules do and as `range` of other clients does. kafkajs
 * asks for the protocol right before it joins a group: nothing else of it says so early that a generation is over.
 */
import type { PartitionAssigner } from 'kafkajs';
import { AssignerProtocol } from './library.ts';

const VERSION = 0;

export function rangeAssigner(onJoining: () => void): PartitionAssigner {
  return ({ cluster }) => ({
    name: 'range',
    version: VERSION,
    protocol({ topics }) {
      onJoining();
      const metadata = AssignerProtocol.MemberMetadata.encode({ version: VERSION, topics, userData: Buffer.alloc(0) });
      return { name: 'range', metadata };
    },
    assign({ members, topics }) {
      const assignments = new Map<string, Record<string, number[]>>();
      for (const { memberId } of members) assignments.set(memberId, {});
      for (const topic of topics) {
        const subscribed = members.filter(({ memberMetadata }) => isSubscribed(memberMetadata, topic));
        const ids = subscribed.map(({ memberId }) => memberId).sort();
        const partitions = cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId);
        for (const [id, run] of runsOf(ids, partitions)) (assignments.get(id) ?? {})[topic] = run;
      }
      const encoded = [...assignments].map(([memberId, assignment]) => ({
        memberId,
        memberAssignment: AssignerProtocol.MemberAssignment.encode({
          version: VERSION,
          assignment,
          userData: Buffer.alloc(0),
        }),
      }));
      return Promise.resolve(encoded);
    },
  });
}

function isSubscribed(memberMetadata: Buffer, topic: string): boolean {
  return AssignerProtocol.MemberMetadata.decode(memberMetadata)?.topics.includes(topic) === true;
}

/** The partitions in ascending order, cut into as many runs as there are members; the first ones get one more. */
export function runsOf(members: readonly string[], partitions: readonly number[]): Map<string, number[]> {
  const sorted = [...partitions].sort((one, other) => one - other);
  const each = Math.floor(sorted.length / members.length);
  const larger = sorted.length % members.length;
  const runs = new Map<string, number[]>();
  let from = 0;
  for (const [index, member] of members.entries()) {
    const to = from + each + (index < larger ? 1 : 0);
    if (to > from) runs.set(member, sorted.slice(from, to));
    from = to;
  }
  return runs;
}
