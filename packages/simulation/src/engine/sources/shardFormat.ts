/** The formats of shards (aws-shapes) over the shards and records of a run. */
import {
  dynamodbShardFormat,
  kinesisShardFormat,
  type ShardRecord,
  type ShardFormat as SharedFormat,
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
import type { DynamodbSourcePlan } from '../../scenario/plan.ts';
import { decodedBase64, parsedBase64 } from './decode.ts';

export type { ShardRecord };

export interface ShardFormat<R> extends Pick<SharedFormat<R>, 'kind' | 'eventSourceArn' | 'envelopeBytes' | 'key'> {
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

function overShards<R>(shared: SharedFormat<R>) {
  const { kind, eventSourceArn, envelopeBytes, key } = shared;
  const sample = new SampleNumber();
  return {
    kind,
    eventSourceArn,
    envelopeBytes,
    key,
    entry: (placed: Placed<R>, shard: Shard) => shared.entry(placed, sequenceNumber(shard, placed), shard.id),
    entryBytes: (placed: Placed<R>, shard: Shard) => shared.entryBytes(placed, sample.of(shard), shard.id),
    view: (placed: Placed<R>, shard: Shard) => shared.view(placed, sequenceNumber(shard, placed), shard.id),
  };
}

export function kinesisFormat(options: {
  region: string;
  roleArn: string;
  eventSourceArn: string;
}): ShardFormat<KinesisRecord> {
  const { region, roleArn: invokeIdentityArn, eventSourceArn } = options;
  return {
    ...overShards(kinesisShardFormat({ region, eventSourceArn, invokeIdentityArn, decoded: decodedBase64 })),
    sizeOf: (record) => record.partitionKey.length + base64Bytes(record.data),
    decoded: ({ record }) => ({ data: parsedBase64(record.data), partitionKey: record.partitionKey }),
  };
}

export function dynamodbFormat(
  plan: DynamodbSourcePlan,
  options: { region: string; eventSourceArn: string },
): ShardFormat<ChangeRecord> {
  const shared = overShards(dynamodbShardFormat({ ...options, viewType: plan.viewType }));
  return {
    ...shared,
    sizeOf: (record) => JSON.stringify(record).length,
    decoded: (placed, shard) => shared.entry(placed, shard),
  };
}
