/**
 * A Kafka topic as plain data: partitions with offsets that are never used twice. Functions that change it are told
 * the time, which never goes back. Consumer groups are in `group.ts`.
 */
import type { StartingPosition } from '../mapping/settings.ts';
import type { Millis } from '../vocabulary.ts';
import { bytesOfBase64 } from './base64.ts';
import { partitionOfKey } from './keyHash.ts';
import {
  addLog,
  appendToLog,
  createLogSet,
  type ExpiredRecords,
  expireLogs,
  firstIndexOf,
  forgetLog,
  type Log,
  type LogRead,
  type LogSet,
  nextLogExpiryAt,
  placedAt,
  type ReadLimit,
  readLog,
} from './logs.ts';
import type { Placed, TopicRecord } from './records.ts';

export interface TopicOptions {
  readonly partitions: number;
  readonly retentionMs: Millis;
}

export interface TopicState {
  /** Partition n is log n. */
  logs: LogSet<TopicRecord>;
  /** Where the next record without key and partition goes. */
  nextRoundRobin: number;
}

/** A record where it was put. */
export interface Produced {
  readonly partition: number;
  readonly placed: Placed<TopicRecord>;
}

export function createTopic(options: TopicOptions): TopicState {
  const topic: TopicState = { logs: createLogSet(options.retentionMs), nextRoundRobin: 0 };
  addPartitions(topic, options.partitions);
  return topic;
}

/** Adds partitions; keys may go elsewhere from now on, records that are there stay where they are. */
export function addPartitions(topic: TopicState, count: number): void {
  for (let added = 0; added < count; added++) addLog(topic.logs);
}

export function partitionCount(topic: TopicState): number {
  return topic.logs.logs.length;
}

/**
 * Appends a record to the partition given, else to the one of its key, else to the next in turn.
 * Throws a RangeError for a partition that the topic does not have.
 */
export function produce(topic: TopicState, record: TopicRecord, nowMs: Millis, partition?: number): Produced {
  const chosen = partition ?? choosePartition(topic, record);
  const index = appendToLog(topic.logs, logOf(topic, chosen), record, nowMs);
  return { partition: chosen, placed: { index, arrivalMs: nowMs, record } };
}

/** Reads a partition from an offset on; from the oldest record where retention has overtaken the reader. */
export function readPartition(
  topic: TopicState,
  partition: number,
  fromOffset: number,
  limit: ReadLimit<TopicRecord>,
  nowMs: Millis,
): LogRead<TopicRecord> {
  return readLog(topic.logs, logOf(topic, partition), fromOffset, limit, nowMs);
}

/** The oldest offset that can be read (log start offset). */
export function earliestOffset(topic: TopicState, partition: number, nowMs: Millis): number {
  return firstIndexOf(topic.logs, logOf(topic, partition), nowMs);
}

/** The offset that the next record will get (log end offset). */
export function latestOffset(topic: TopicState, partition: number): number {
  return logOf(topic, partition).endIndex;
}

export interface PartitionOffsets {
  readonly partition: number;
  /** The oldest that can be read (log start offset), and the one that the next record will get (log end offset). */
  readonly earliest: number;
  readonly latest: number;
}

/** What each partition holds, in order. */
export function partitionOffsets(topic: TopicState, nowMs: Millis): PartitionOffsets[] {
  return topic.logs.logs.map((_, partition) => ({
    partition,
    earliest: earliestOffset(topic, partition, nowMs),
    latest: latestOffset(topic, partition),
  }));
}

/**
 * The offset of a starting position. One by time asks for the first record whose timestamp is at or after it; that is
 * the producer's time where it set one, so timestamps need not be in order and are looked through one by one.
 */
export function offsetOf(topic: TopicState, partition: number, position: StartingPosition, nowMs: Millis): number {
  const log = logOf(topic, partition);
  if (position === 'LATEST') return log.endIndex;
  const earliest = firstIndexOf(topic.logs, log, nowMs);
  if (position === 'TRIM_HORIZON') return earliest;
  for (let offset = earliest; offset < log.endIndex; offset++) {
    const placed = placedAt(log, offset)!;
    if ((placed.record.timestampMs ?? placed.arrivalMs) >= position.atMs) return offset;
  }
  return log.endIndex;
}

/** What retention has removed since the last call; `ordinal` is the partition. */
export function expireTopic(topic: TopicState, nowMs: Millis): ExpiredRecords<TopicRecord>[] {
  return expireLogs(topic.logs, nowMs);
}

export function nextTopicExpiryAt(topic: TopicState): Millis | undefined {
  return nextLogExpiryAt(topic.logs);
}

/** Gives back the memory of records that nobody can read any more. */
export function forgetPartition(topic: TopicState, partition: number, beforeOffset: number): void {
  forgetLog(topic.logs, logOf(topic, partition), beforeOffset);
}

function choosePartition(topic: TopicState, record: TopicRecord): number {
  const partitions = partitionCount(topic);
  if (record.key !== null) return partitionOfKey(bytesOfBase64(record.key), partitions);
  return topic.nextRoundRobin++ % partitions;
}

function logOf(topic: TopicState, partition: number): Log<TopicRecord> {
  const log = topic.logs.logs[partition];
  if (!log) throw new RangeError(`Partition ${partition} does not exist; the topic has ${partitionCount(topic)}.`);
  return log;
}
