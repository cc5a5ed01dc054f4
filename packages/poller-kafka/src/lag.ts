import { lagOf, type OffsetLag } from '@millrace/semantics';
import type { TopicClient } from './client.ts';

export interface TopicLag {
  readonly partitions: number;
  readonly lag: OffsetLag;
}

/** How far the client's group is behind its topic. @throws {TopicUnavailable} */
export async function topicLag(client: Pick<TopicClient, 'offsets' | 'committed'>): Promise<TopicLag> {
  const [offsets, committed] = await Promise.all([client.offsets(), client.committed()]);
  const next = new Map([...committed].map(([partition, { offset }]) => [partition, offset]));
  return { partitions: offsets.length, lag: lagOf(offsets, next) };
}
