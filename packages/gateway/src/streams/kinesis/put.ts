/** PutRecord, PutRecords. */
import type { PutOutcome, RecordPut, StreamDefinition } from '@millrace/runtime';
import { invalidArgument, StreamsError } from '../errors.ts';
import type { StreamsService } from '../service.ts';
import { streamOf, type WhichStream } from './whichStream.ts';

interface Entry {
  /** Base64. */
  readonly Data: string;
  readonly PartitionKey?: string;
  readonly ExplicitHashKey?: string;
}

/** The longest record that a stream can be made for. */
export const LONGEST_RECORD_BYTES = 10 * 1_048_576;
const MOST_BYTES = 10 * 1_048_576;
const KIB = 1024;
const HASH_KEYS = 1n << 128n;

export async function putRecord(service: StreamsService, input: WhichStream & Entry): Promise<object> {
  const { definition, stream } = await streamOf(service, input);
  const [outcome] = await stream.put([readEntry(input, definition, 'data')]);
  if (outcome!.kind === 'put') {
    return { ShardId: outcome!.shardId, SequenceNumber: outcome!.sequenceNumber, EncryptionType: 'NONE' };
  }
  throw new StreamsError('ProvisionedThroughputExceededException', rateExceeded(service, definition, outcome!));
}

export async function putRecords(
  service: StreamsService,
  input: WhichStream & { readonly Records: readonly Entry[] },
): Promise<object> {
  const { definition, stream } = await streamOf(service, input);
  const puts = input.Records.map((entry, index) => readEntry(entry, definition, `records.${index + 1}.member.data`));
  const bytes = puts.reduce((sum, put) => sum + put.bytes, 0);
  if (bytes > MOST_BYTES) {
    throw invalidArgument(`The records of one PutRecords have at most ${MOST_BYTES} bytes; these have ${bytes}.`);
  }
  const outcomes = await stream.put(puts);
  return {
    FailedRecordCount: outcomes.filter(({ kind }) => kind === 'throttled').length,
    Records: outcomes.map((outcome) => entryOnWire(service, definition, outcome)),
    EncryptionType: 'NONE',
  };
}

function entryOnWire(service: StreamsService, definition: StreamDefinition, outcome: PutOutcome): object {
  if (outcome.kind === 'put') return { SequenceNumber: outcome.sequenceNumber, ShardId: outcome.shardId };
  return {
    ErrorCode: 'ProvisionedThroughputExceededException',
    ErrorMessage: rateExceeded(service, definition, outcome),
  };
}

function readEntry(entry: Entry, { carried }: StreamDefinition, path: string): RecordPut {
  const { Data: data, PartitionKey: partitionKey, ExplicitHashKey: explicitHashKey } = entry;
  if (partitionKey === undefined) throw invalidArgument('A record must have a PartitionKey.');
  if (explicitHashKey !== undefined && BigInt(explicitHashKey) >= HASH_KEYS) {
    throw invalidArgument(
      `Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was ${explicitHashKey}`,
    );
  }
  const bytes = Buffer.byteLength(data, 'base64') + Buffer.byteLength(partitionKey);
  const longest = Number(carried.MaxRecordSizeInKiB ?? KIB) * KIB;
  if (bytes - Buffer.byteLength(partitionKey) > longest) {
    throw new StreamsError(
      'ValidationException',
      `1 validation error detected: Value at '${path}' failed to satisfy constraint: Member must have length less than or equal to ${longest}`,
    );
  }
  return {
    record: { partitionKey, data, ...(explicitHashKey !== undefined && { explicitHashKey }) },
    key: partitionKey,
    bytes,
  };
}

function rateExceeded({ accountId }: StreamsService, { name }: StreamDefinition, { shardId }: PutOutcome): string {
  return `Rate exceeded for shard ${shardId} in stream ${name} under account ${accountId}.`;
}
