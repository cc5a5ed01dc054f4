/** The offset lag of a group on Kafka brokers: what the topic holds, less what the group has committed. */
import { kafkaClient, type TopicClient, topicLag } from '@millrace/poller-kafka';
import { systemClock } from '@millrace/runtime';
import type { Plan, TopicSourcePlan } from '@millrace/simulation';
import { accessTo, brokersOf } from './kafkaClients.ts';
import type { LagWatch } from './statusDepths.ts';

/** Connects when it is first looked at, and anew after a failure. */
export function brokerLag(source: TopicSourcePlan, plan: Plan, groupId: string): LagWatch {
  let client: TopicClient | undefined;
  return {
    async look() {
      client ??= await clientOf(source, plan, groupId);
      return topicLag(client);
    },
    close: async () => client?.close(),
  };
}

async function clientOf(source: TopicSourcePlan, plan: Plan, groupId: string): Promise<TopicClient> {
  const access = await accessTo(source, plan);
  return kafkaClient({ brokers: brokersOf(source), topic: source.topic, groupId, access, clock: systemClock });
}
