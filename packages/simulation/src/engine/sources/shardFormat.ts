/** What differs between Kinesis and DynamoDB Streams: the entry of a record, its size, and how it is read. */
import {
  type DynamodbEventContext,
  dynamodbEntry,
  dynamodbEntryBytes,
  dynamodbEventContext,
  type KinesisEventContext,
  kinesisEntry,
  kinesisEntryBytes,
  kinesisEventContext,
} from '@millrace/aws-shapes';
import {
  type ChangeRecord,
  type FilterView,
  type KinesisRecord,
  type Placed,
  type Shard,
  sequenceNumber,
} from '@millrace/semantics';
import { base64Bytes } from '../../scenario/base64.ts';
import type { DynamodbSourcePlan, KinesisSourcePlan } from '../../scenario/plan.ts';
import { decodedBase64, parsedBase64 } from './decode.ts';

export type ShardRecord = KinesisRecord | ChangeRecord;

export interface ShardFormat<R> {
  readonly kind: 'kinesis' | 'dynamodb';
  readonly eventSourceArn: string;
  readonly envelopeBytes: number;
  /** The key that decides the shard and the lane. */
  key(record: R): string;
  /** Bytes that count towards the limits of the stream. */
  sizeOf(record: R): number;
  entry(placed: Placed<R>, shard: Shard): unknown;
  entryBytes(placed: Placed<R>, shard: Shard): number;
  view(placed: Placed<R>, shard: Shard): FilterView;
  decoded(placed: Placed<R>, shard: Shard): unknown;
}

/** Sequence numbers of a stream are all of one length: to count bytes, any of them will do. */
class SampleNumber {
  #text: string | undefined;

  of(shard: Shard): string {
    this.#text ??= sequenceNumber(shard, { index: 0, arrivalMs: shard.createdAtMs });
    return this.#text;
  }
}

export function kinesisFormat(
  plan: KinesisSourcePlan,
  options: { region: string; roleArn: string; eventSourceArn: string },
): ShardFormat<KinesisRecord> {
  const { region, roleArn, eventSourceArn } = options;
  const context: KinesisEventContext = kinesisEventContext({ region, eventSourceArn, invokeIdentityArn: roleArn });
  const sample = new SampleNumber();
  const entry = (placed: Placed<KinesisRecord>, shard: Shard) =>
    kinesisEntry(placed, sequenceNumber(shard, placed), shard.id, context);
  return {
    kind: plan.type,
    eventSourceArn,
    envelopeBytes: context.envelopeBytes,
    key: (record) => record.partitionKey,
    sizeOf: (record) => record.partitionKey.length + base64Bytes(record.data),
    entry,
    entryBytes: (placed, shard) => kinesisEntryBytes(placed, sample.of(shard), shard.id, context),
    view: (placed, shard) => ({
      metadata: entry(placed, shard) as unknown as Record<string, unknown>,
      data: { data: decodedBase64(placed.record.data) },
    }),
    decoded: ({ record }) => ({ data: parsedBase64(record.data), partitionKey: record.partitionKey }),
  };
}

export function dynamodbFormat(
  plan: DynamodbSourcePlan,
  options: { region: string; eventSourceArn: string },
): ShardFormat<ChangeRecord> {
  const context: DynamodbEventContext = dynamodbEventContext({ ...options, viewType: plan.viewType });
  const sample = new SampleNumber();
  const entry = (placed: Placed<ChangeRecord>, shard: Shard) =>
    dynamodbEntry(placed, sequenceNumber(shard, placed), context);
  return {
    kind: plan.type,
    eventSourceArn: options.eventSourceArn,
    envelopeBytes: context.envelopeBytes,
    key: (record) => JSON.stringify(record.keys),
    sizeOf: (record) => JSON.stringify(record).length,
    entry,
    entryBytes: (placed, shard) => dynamodbEntryBytes(placed, sample.of(shard), context),
    view: (placed, shard) => ({ metadata: entry(placed, shard) as unknown as Record<string, unknown>, data: {} }),
    decoded: (placed, shard) => entry(placed, shard),
  };
}
