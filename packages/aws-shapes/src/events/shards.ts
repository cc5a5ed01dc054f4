/**
 * What differs between Kinesis and DynamoDB streams for whoever makes events of a shard's records, in virtual time and
 * live: the entry of a record, its size, its key, and how filters see it.
 */
import type { ChangeRecord, DecodedData, FilterView, KinesisRecord } from '@millrace/semantics';
import type { Arrived } from './arrived.ts';
import { type DynamodbEventOptions, dynamodbEntry, dynamodbEntryBytes, dynamodbEventContext } from './dynamodb.ts';
import { type KinesisEventOptions, kinesisEntry, kinesisEntryBytes, kinesisEventContext } from './kinesis.ts';

export type ShardRecord = KinesisRecord | ChangeRecord;

export interface ShardFormat<R> {
  readonly kind: 'kinesis' | 'dynamodb';
  readonly eventSourceArn: string;
  readonly envelopeBytes: number;
  /** The key that decides the shard and the lane. */
  key(record: R): string;
  entry(placed: Arrived<R>, sequenceNumber: string, shardId: string): unknown;
  /** UTF-8 bytes of the entry's JSON. Any sequence number of the right length will do. */
  entryBytes(placed: Arrived<R>, sequenceNumber: string, shardId: string): number;
  view(placed: Arrived<R>, sequenceNumber: string, shardId: string): FilterView;
}

export interface KinesisFormatOptions extends KinesisEventOptions {
  /** Base64 bytes as filters see them: what decodes them differs between Node and a browser. */
  decoded(base64: string): DecodedData;
}

export function kinesisShardFormat({ decoded, ...options }: KinesisFormatOptions): ShardFormat<KinesisRecord> {
  const context = kinesisEventContext(options);
  return {
    kind: 'kinesis',
    eventSourceArn: options.eventSourceArn,
    envelopeBytes: context.envelopeBytes,
    key: ({ partitionKey }) => partitionKey,
    entry: (placed, sequenceNumber, shardId) => kinesisEntry(placed, sequenceNumber, shardId, context),
    entryBytes: (placed, sequenceNumber, shardId) => kinesisEntryBytes(placed, sequenceNumber, shardId, context),
    view: (placed, sequenceNumber, shardId) => ({
      metadata: asMetadata(kinesisEntry(placed, sequenceNumber, shardId, context)),
      data: { data: decoded(placed.record.data) },
    }),
  };
}

export function dynamodbShardFormat(options: DynamodbEventOptions): ShardFormat<ChangeRecord> {
  const context = dynamodbEventContext(options);
  return {
    kind: 'dynamodb',
    eventSourceArn: options.eventSourceArn,
    envelopeBytes: context.envelopeBytes,
    key: ({ keys }) => JSON.stringify(keys),
    entry: (placed, sequenceNumber) => dynamodbEntry(placed, sequenceNumber, context),
    entryBytes: (placed, sequenceNumber) => dynamodbEntryBytes(placed, sequenceNumber, context),
    view: (placed, sequenceNumber) => ({
      metadata: asMetadata(dynamodbEntry(placed, sequenceNumber, context)),
      data: {},
    }),
  };
}

function asMetadata(entry: object): Readonly<Record<string, unknown>> {
  return entry as Readonly<Record<string, unknown>>;
}
