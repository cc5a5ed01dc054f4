/** A topic of the substrate, without brokers. */
import { type Clock, NoSuchTopic, newId, type Topic, type Topics } from '@millrace/runtime';
import { causeText } from '@millrace/semantics';
import { type TopicClient, type TopicFacts, TopicUnavailable } from '../client.ts';
import { SubstrateMember } from './member.ts';

export interface SubstrateClientOptions {
  readonly topics: Topics;
  readonly topic: string;
  readonly groupId: string;
  readonly clock: Clock;
  /** So long nothing is heard of a member until it has left. */
  readonly sessionMs?: number;
}

const SESSION_MS = 10_000;

export function substrateTopicClient(options: SubstrateClientOptions): TopicClient {
  const { topics, topic: name, groupId, clock, sessionMs = SESSION_MS } = options;
  const topic = topics.open(name);
  const group = topic.group(groupId);
  return {
    topic: name,
    marksCommits: false,
    facts: () => asked(() => factsOf(topic)),
    partitions: () => asked(() => topic.partitions()),
    offsets: () => asked(() => topic.offsets()),
    startsAt: (position) => asked(() => startsAt(topic, position)),
    committed: () =>
      asked(async () => {
        const committed = await group.committed();
        return new Map([...committed].map(([partition, offset]) => [partition, { offset, own: true }]));
      }),
    join: (poller, events) =>
      new SubstrateMember({ topic, group, memberId: `${poller}-${newId()}`, sessionMs, clock, events }),
    close: () => Promise.resolve(),
  };
}

async function factsOf(topic: Topic): Promise<TopicFacts> {
  const [{ retentionMs }, creation] = await Promise.all([topic.definition(), topic.creation()]);
  return { retentionMs, timestampType: 'CREATE_TIME', creation };
}

async function startsAt(
  topic: Topic,
  position: Parameters<TopicClient['startsAt']>[0],
): Promise<ReadonlyMap<number, number>> {
  const count = await topic.partitions();
  const offsets = Array.from({ length: count }, (_, partition) => topic.offsetOf(partition, position));
  return new Map((await Promise.all(offsets)).entries());
}

async function asked<Answer>(question: () => Promise<Answer>): Promise<Answer> {
  try {
    return await question();
  } catch (error) {
    const isMissing = error instanceof NoSuchTopic;
    throw new TopicUnavailable(isMissing ? error.message : `The topic cannot be read: ${causeText(error)}`, {
      cause: error,
    });
  }
}
