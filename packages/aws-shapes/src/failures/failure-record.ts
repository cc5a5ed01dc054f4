/**
 * What a mapping writes about a batch of a stream or topic that it gave up, for an SQS queue, an SNS topic or an S3
 * bucket. Keys stand in the order that AWS was seen to use. The records themselves are in S3 objects only.
 */
import type { DiscardCondition, Outcome } from '@millrace/semantics';
import { isoMillis, isoSeconds } from '../events/envelope.ts';

/** What a failure record says about the invocations; times in milliseconds since the epoch. */
export interface FailureFacts {
  /** Id of the last invocation, or of the discard when nothing was invoked. */
  readonly requestId: string;
  /** As the mapping names its function: without a qualifier when it has none. */
  readonly functionArn: string;
  readonly condition: DiscardCondition;
  readonly approximateInvokeCount: number;
  readonly timestampMs: number;
  /** What the last invocation that ran came to; decides `functionError`. */
  readonly lastOutcome?: Outcome;
  /** The version that ran; by default the one that `functionArn` names, else $LATEST. */
  readonly executedVersion?: string;
}

/** A batch of a shard that was given up. Times in milliseconds since the epoch. */
export interface ShardBatch {
  readonly kind: 'kinesis' | 'dynamodb';
  readonly shardId: string;
  readonly streamArn: string;
  readonly startSequenceNumber: string;
  readonly endSequenceNumber: string;
  readonly firstArrivalMs: number;
  readonly lastArrivalMs: number;
  readonly batchSize: number;
}

/** A batch of a topic that was given up, with its partitions in the order of the event. */
export interface TopicBatch {
  readonly kind: 'msk' | 'self-managed-kafka';
  /** MSK only. */
  readonly eventSourceArn?: string;
  readonly bootstrapServers: readonly string[];
  /** Bytes of the event. */
  readonly payloadBytes: number;
  readonly batchSize: number;
  readonly partitions: readonly PartitionRun[];
}

/** What a topic batch holds of one partition. Timestamps are the records' own, in milliseconds. */
export interface PartitionRun {
  /** `<topic>-<partition>`. */
  readonly topicPartition: string;
  readonly firstOffset: number;
  readonly lastOffset: number;
  readonly firstTimestampMs: number;
  readonly lastTimestampMs: number;
}

export interface RequestContext {
  readonly requestId: string;
  readonly functionArn: string;
  readonly condition: string;
  readonly approximateInvokeCount: number;
}

export interface ResponseContext {
  readonly statusCode: 200;
  readonly executedVersion: string;
  readonly functionError: 'Unhandled' | null;
}

/** Everything before the part that depends on the source. `responseContext` is absent when records grew too old. */
export interface FailureHead {
  readonly requestContext: RequestContext;
  readonly responseContext?: ResponseContext | null;
  readonly version: '1.0';
  readonly timestamp: string;
}

export interface ShardBatchInfo {
  readonly shardId: string;
  readonly startSequenceNumber: string;
  readonly endSequenceNumber: string;
  readonly approximateArrivalOfFirstRecord: string;
  readonly approximateArrivalOfLastRecord: string;
  readonly batchSize: number;
  readonly streamArn: string;
}

export interface KafkaBatchInfo {
  readonly batchSize: number;
  readonly eventSourceArn?: string;
  readonly bootstrapServers: string;
  readonly payloadSize: number;
  readonly recordsInfo: Readonly<Record<string, RecordsInfo>>;
}

/** Offsets as text, timestamps in ISO form. */
export interface RecordsInfo {
  readonly firstRecordOffset: string;
  readonly lastRecordOffset: string;
  readonly firstRecordTimestamp: string;
  readonly lastRecordTimestamp: string;
}

export type FailureRecord = FailureHead &
  (
    | { readonly KinesisBatchInfo: ShardBatchInfo }
    | { readonly DDBStreamBatchInfo: ShardBatchInfo }
    | { readonly KafkaBatchInfo: KafkaBatchInfo }
  );

/** The failure record of a batch: the body of an SQS message, or the Message of an SNS notification. */
export function failureRecord(facts: FailureFacts, batch: ShardBatch | TopicBatch): FailureRecord {
  const head = failureHead(facts, facts.condition);
  switch (batch.kind) {
    case 'kinesis':
      return { ...head, KinesisBatchInfo: shardBatchInfo(batch, isoMillis) };
    case 'dynamodb':
      return { ...head, DDBStreamBatchInfo: shardBatchInfo(batch, isoSeconds) };
    case 'msk':
    case 'self-managed-kafka':
      return { ...head, KafkaBatchInfo: kafkaBatchInfo(batch) };
  }
}

/** The part that all failure records share; a Kafka topic spells one condition in its own way. */
export function failureHead(facts: FailureFacts, condition: string): FailureHead {
  const requestContext: RequestContext = {
    requestId: facts.requestId,
    functionArn: facts.functionArn,
    condition,
    approximateInvokeCount: facts.approximateInvokeCount,
  };
  const timestamp = isoMillis(facts.timestampMs);
  if (facts.condition === 'RecordAgeExceeded') return { requestContext, version: '1.0', timestamp };
  return { requestContext, responseContext: responseContext(facts), version: '1.0', timestamp };
}

function responseContext(facts: FailureFacts): ResponseContext | null {
  if (facts.condition === 'MaximumPayloadSizeExceeded') return null;
  return {
    statusCode: 200,
    executedVersion: facts.executedVersion ?? versionOf(facts.functionArn),
    functionError: answeredWithoutError(facts.lastOutcome) ? null : 'Unhandled',
  };
}

/** Whether the function answered, and only what it answered counts as a failure. */
export function answeredWithoutError(outcome: Outcome | undefined): boolean {
  return outcome?.kind === 'partial' || outcome?.kind === 'invalid-response';
}

/** The version that a function ARN names; an alias does not say to which version it leads. */
function versionOf(functionArn: string): string {
  const qualifier = functionArn.split(':')[7];
  return qualifier !== undefined && /^\d+$/.test(qualifier) ? qualifier : '$LATEST';
}

function shardBatchInfo(batch: ShardBatch, iso: (ms: number) => string): ShardBatchInfo {
  return {
    shardId: batch.shardId,
    startSequenceNumber: batch.startSequenceNumber,
    endSequenceNumber: batch.endSequenceNumber,
    approximateArrivalOfFirstRecord: iso(batch.firstArrivalMs),
    approximateArrivalOfLastRecord: iso(batch.lastArrivalMs),
    batchSize: batch.batchSize,
    streamArn: batch.streamArn,
  };
}

function kafkaBatchInfo(batch: TopicBatch): KafkaBatchInfo {
  return {
    batchSize: batch.batchSize,
    ...(batch.eventSourceArn !== undefined && { eventSourceArn: batch.eventSourceArn }),
    bootstrapServers: batch.bootstrapServers.join(','),
    payloadSize: batch.payloadBytes,
    recordsInfo: Object.fromEntries(batch.partitions.map((run) => [run.topicPartition, recordsInfo(run)])),
  };
}

function recordsInfo(run: PartitionRun): RecordsInfo {
  return {
    firstRecordOffset: String(run.firstOffset),
    lastRecordOffset: String(run.lastOffset),
    firstRecordTimestamp: isoMillis(run.firstTimestampMs),
    lastRecordTimestamp: isoMillis(run.lastTimestampMs),
  };
}
