/** A Kinesis stream behind an endpoint as the target of `millrace send`. */
import {
  DescribeStreamSummaryCommand,
  type KinesisClient,
  PutRecordsCommand,
  type PutRecordsResultEntry,
} from '@aws-sdk/client-kinesis';
import type { KinesisRecord } from '@millrace/semantics';
import { UsageError } from '../errors.ts';
import { kinesisAt } from './awsClients.ts';
import { kinesisEntry } from './sdkEntries.ts';
import type { TargetName } from './sendName.ts';
import { failed, readError, SEND_CLIENT } from './sendSdkErrors.ts';
import { type StreamParcel, streamParcel } from './sendStream.ts';
import type { BatchLimit, SendTarget, Sent } from './sendTarget.ts';

/** What PutRecords takes at once. Kinesis promises no order among the records of one request. */
const BATCH: BatchLimit = { records: 500, bytes: 5 * 1024 * 1024, oncePerLane: true };

type StreamName = { readonly StreamName: string } | { readonly StreamARN: string };

export async function kinesisTarget(
  { name, arn, region }: TargetName,
  endpoint: string | undefined,
): Promise<SendTarget<StreamParcel>> {
  const client = await kinesisAt(endpoint, region, SEND_CLIENT);
  const place = endpoint ?? 'the endpoint of the AWS SDK';
  // Local endpoints have their own idea of regions and accounts.
  const stream = arn !== undefined && endpoint === undefined ? { StreamARN: arn } : { StreamName: name };
  try {
    const shards = await openShards(client, stream);
    return {
      kind: 'kinesis',
      name,
      place,
      batch: BATCH,
      knowsRepetitions: false,
      ...(shards !== undefined && { shards }),
      parcel: (payload) => streamParcel('kinesis', payload),
      send: (parcels) => send(client, stream, parcels),
      close: () => client.destroy(),
    };
  } catch (cause) {
    client.destroy();
    throw new UsageError(`The stream ${name} cannot be used at ${place}: ${readError(cause).what}.`, { cause });
  }
}

/** Whoever may put but not look is a person with few rights; then it is not known, and the stream will say. */
async function openShards(client: KinesisClient, stream: StreamName): Promise<number | undefined> {
  try {
    const { StreamDescriptionSummary: summary } = await client.send(new DescribeStreamSummaryCommand(stream));
    return summary?.OpenShardCount;
  } catch (error) {
    if (/AccessDenied/.test((error as Error).name)) return undefined;
    throw error;
  }
}

async function send(
  client: KinesisClient,
  stream: StreamName,
  parcels: readonly StreamParcel[],
): Promise<readonly Sent[]> {
  const entries = parcels.map(({ put }) => kinesisEntry(put.record as KinesisRecord));
  const { Records = [] } = await client.send(new PutRecordsCommand({ ...stream, Records: entries })).catch(failed);
  return Records.map(sentOf);
}

/** What one record of a request fails of passes: the request as a whole was understood. */
function sentOf({ ErrorCode, ErrorMessage }: PutRecordsResultEntry): Sent {
  if (!ErrorCode) return { kind: 'sent' };
  return { kind: 'again', because: [ErrorCode, ErrorMessage].filter(Boolean).join(', ') };
}
