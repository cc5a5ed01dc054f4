/** What the topic suite needs of a substrate, and the topics that its cases make. */
import assert from 'node:assert/strict';
import type { TopicRecord } from '@millrace/semantics';
import type { Membership, PartitionReceipt, Topic, TopicDefinition, TopicGroup, Topics } from '../ports/topic.ts';

/** An empty substrate whose time only the case moves. */
export interface TopicSubject {
  readonly topics: Topics;
  now(): number;
  advance(ms: number): Promise<void>;
}

export interface TopicCase {
  readonly name: string;
  run(subject: TopicSubject): Promise<void>;
}

const DAY_MS = 86_400_000;

export function topicDefinition(name: string, changes: Partial<TopicDefinition> = {}): TopicDefinition {
  return { name, retentionMs: DAY_MS, createdAtMs: 1, ...changes };
}

/** A new topic of so many partitions. */
export async function madeTopic({ topics }: TopicSubject, partitions: number, changes: Partial<TopicDefinition> = {}) {
  const definition = topicDefinition('t', changes);
  assert.equal((await topics.create(definition, partitions)).created, true);
  return topics.open(definition.name);
}

export const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** A record with this value, as base64. */
export function valued(value: string, rest: Partial<TopicRecord> = {}): TopicRecord {
  return { key: null, value: base64(value), headers: [], ...rest };
}

/** What a member is told, without the creation of its topic: that is another one each time. */
export async function joined(group: TopicGroup, memberId: string, sessionMs: number): Promise<Partial<Membership>> {
  const { creation: _, ...membership } = await group.join(memberId, sessionMs);
  return membership;
}

/** Produces values to one partition. */
export async function fill(topic: Topic, partition: number, values: readonly string[]): Promise<number[]> {
  const produced = await topic.produce(values.map((value) => ({ record: valued(value), partition })));
  return produced.map(({ offset }) => offset);
}

/** Receipts as text: `partition: value@offset …`, with what was missed and the next offset. */
export function shown(receipts: readonly PartitionReceipt[]): string[] {
  return receipts.map(({ partition, records, nextOffset, missed }) => {
    const values = records.map(({ index, record }) => `${textOf(record)}@${index}`);
    return `${partition}: ${values.join(' ')} next ${nextOffset}${missed > 0 ? ` missed ${missed}` : ''}`;
  });
}

/** What there is of a partition from an offset on. */
export async function look(topic: Topic, partition: number, fromOffset: number, maxRecords = 100): Promise<string[]> {
  return shown(await topic.read([{ partition, fromOffset }], { maxRecords }));
}

function textOf({ value }: TopicRecord): string {
  return value === null ? 'null' : Buffer.from(value, 'base64').toString();
}
