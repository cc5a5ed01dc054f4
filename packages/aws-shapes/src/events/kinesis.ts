/** The event of a Kinesis mapping. Data stays the base64 text it came as. */
import type { KinesisRecord } from '@millrace/semantics';
import type { Arrived } from './arrived.ts';
import { base64JsonBytes } from './base64.ts';
import { RECORDS_ENVELOPE_BYTES } from './envelope.ts';
import { integerBytes, jsonStringBytes } from './json-bytes.ts';

/** What all entries of one mapping share. Made by `kinesisEventContext`. */
export interface KinesisEventContext {
  readonly kind: 'kinesis';
  readonly region: string;
  /** The stream's ARN, or its consumer's when the mapping reads through enhanced fan-out. */
  readonly eventSourceArn: string;
  /** The function's execution role. */
  readonly invokeIdentityArn: string;
  /** Bytes of `{"Records":[]}`. */
  readonly envelopeBytes: number;
  /** What every entry has whatever its record. */
  readonly entryFixedBytes: number;
}

export type KinesisEventOptions = Pick<KinesisEventContext, 'region' | 'eventSourceArn' | 'invokeIdentityArn'>;

/** One entry of a Kinesis event. `approximateArrivalTimestamp` is in seconds, with milliseconds as its fraction. */
export interface KinesisEntry {
  kinesis: {
    kinesisSchemaVersion: '1.0';
    partitionKey: string;
    sequenceNumber: string;
    data: string;
    approximateArrivalTimestamp: number;
  };
  eventSource: 'aws:kinesis';
  eventVersion: '1.0';
  eventID: string;
  eventName: 'aws:kinesis:record';
  invokeIdentityArn: string;
  awsRegion: string;
  eventSourceARN: string;
}

const KINESIS_FIXED_BYTES =
  '{"kinesis":{"kinesisSchemaVersion":"1.0","partitionKey":,"sequenceNumber":,"data":,"approximateArrivalTimestamp":},"eventSource":"aws:kinesis","eventVersion":"1.0","eventID":":","eventName":"aws:kinesis:record","invokeIdentityArn":,"awsRegion":,"eventSourceARN":}'
    .length;

/** Plain data that entries of one mapping share. */
export function kinesisEventContext(options: KinesisEventOptions): KinesisEventContext {
  const { region, eventSourceArn, invokeIdentityArn } = options;
  const entryFixedBytes =
    KINESIS_FIXED_BYTES +
    jsonStringBytes(region) +
    jsonStringBytes(eventSourceArn) +
    jsonStringBytes(invokeIdentityArn);
  return {
    kind: 'kinesis',
    region,
    eventSourceArn,
    invokeIdentityArn,
    envelopeBytes: RECORDS_ENVELOPE_BYTES,
    entryFixedBytes,
  };
}

/** The entry of one record, at its place in a shard. */
export function kinesisEntry(
  placed: Arrived<KinesisRecord>,
  sequenceNumber: string,
  shardId: string,
  context: KinesisEventContext,
): KinesisEntry {
  return {
    kinesis: {
      kinesisSchemaVersion: '1.0',
      partitionKey: placed.record.partitionKey,
      sequenceNumber,
      data: placed.record.data,
      approximateArrivalTimestamp: Math.floor(placed.arrivalMs) / 1000,
    },
    eventSource: 'aws:kinesis',
    eventVersion: '1.0',
    eventID: `${shardId}:${sequenceNumber}`,
    eventName: 'aws:kinesis:record',
    invokeIdentityArn: context.invokeIdentityArn,
    awsRegion: context.region,
    eventSourceARN: context.eventSourceArn,
  };
}

/** UTF-8 bytes of the entry's JSON, without building it. Sequence numbers and shard ids are plain ASCII, and data is base64. */
export function kinesisEntryBytes(
  placed: Arrived<KinesisRecord>,
  sequenceNumber: string,
  shardId: string,
  context: KinesisEventContext,
): number {
  return (
    context.entryFixedBytes +
    jsonStringBytes(placed.record.partitionKey) +
    (sequenceNumber.length + 2) +
    base64JsonBytes(placed.record.data) +
    secondsBytes(Math.floor(placed.arrivalMs)) +
    shardId.length +
    sequenceNumber.length
  );
}

/** Bytes of `ms / 1000` as JSON. Up to fifteen digits are shown as they are; beyond them the number itself is asked. */
function secondsBytes(ms: number): number {
  if (ms !== lastSeconds.ms) {
    lastSeconds.ms = ms;
    lastSeconds.bytes = countSecondsBytes(ms);
  }
  return lastSeconds.bytes;
}

/** Records that arrive together are counted one after the other. */
const lastSeconds = { ms: Number.NaN, bytes: 0 };

function countSecondsBytes(ms: number): number {
  if (ms < 0 || ms > 999_999_999_999_999) return String(ms / 1000).length;
  const wholeBytes = integerBytes(Math.floor(ms / 1000));
  if (ms % 10 !== 0) return wholeBytes + 4;
  if (ms % 100 !== 0) return wholeBytes + 3;
  return ms % 1000 !== 0 ? wholeBytes + 2 : wholeBytes;
}
