/** The offset lag of a group on Kafka brokers: what the topic holds, less what the group has committed. */
import type { Plan, TopicSourcePlan } from '@millrace/simulation';
import type { Admin } from 'kafkajs';
import { kafkaFor } from './kafkaClients.ts';
import type { Depth, LagWatch } from './statusDepths.ts';

/** Connects when it is first looked at, and anew after a failure. */
export function brokerLag(source: TopicSourcePlan, plan: Plan, groupId: string): LagWatch {
  let admin: Admin | undefined;
  const giveUp = async () => {
    const given = admin;
    admin = undefined;
    await given?.disconnect();
  };
  return {
    async look() {
      try {
        admin ??= await connected(source, plan);
        return await lagOf(admin, source.topic, groupId);
      } catch (error) {
        await giveUp().catch(() => {});
        throw error;
      }
    },
    close: () => giveUp().catch(() => {}),
  };
}

async function connected(source: TopicSourcePlan, plan: Plan): Promise<Admin> {
  const admin = (await kafkaFor(source, plan)).admin({ retry: { retries: 4 } });
  await admin.connect();
  return admin;
}

async function lagOf(admin: Admin, topic: string, groupId: string): Promise<Depth> {
  const [ends, groups] = await Promise.all([
    admin.fetchTopicOffsets(topic),
    admin.fetchOffsets({ groupId, topics: [topic] }),
  ]);
  const committed = new Map(groups[0]?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
  let sum = 0;
  let max = 0;
  for (const { partition, low, high } of ends) {
    // Without a commit (-1) all that is there counts; so does only what retention has left.
    const from = Math.max(committed.get(partition) ?? -1, Number(low));
    const lag = Math.max(0, Number(high) - from);
    sum += lag;
    max = Math.max(max, lag);
  }
  return { partitions: ends.length, lag: { sum, max } };
}
