/** Records a Kinesis stream through shard iterators that it shares with its other readers. */
import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  type GetShardIteratorCommandInput,
  type KinesisClient,
  ListShardsCommand,
  type Shard,
  type _Record as StreamRecord,
} from '@aws-sdk/client-kinesis';
import { GET_RECORDS_LIMITS } from '@millrace/semantics';
import { kinesisAt } from './awsClients.ts';
import { HashKeys, type HashRange } from './recordHashKeys.ts';
import { mergeLanes } from './recordMerge.ts';
import { isNamed, unrecorded } from './recordProblems.ts';
import { type RecordedShard, type ShardCalls, type ShardPage, shardLanes } from './recordShards.ts';
import type { NamedStream, ReadEntry, RecordFrom, Recording, RecordingOptions } from './recordSource.ts';
import { isThrottling } from './sdkErrors.ts';

const PAGE = GET_RECORDS_LIMITS.kinesis.records;

export async function recordKinesis(source: NamedStream, options: RecordingOptions): Promise<Recording> {
  const { name, arn } = source;
  const { endpoint, region = source.region } = options;
  // Few endpoints other than AWS speak HTTP/2.
  const client = await kinesisAt(endpoint, region, endpoint === undefined ? {} : { requestHandler: {} });
  const calls = new KinesisCalls(client, arn === undefined ? { StreamName: name } : { StreamARN: arn }, options);
  try {
    const lanes = await shardLanes({ ...options, calls });
    return {
      source: { type: 'kinesis', name, ...(calls.hashKeys.shards > 1 && { shards: calls.hashKeys.shards }) },
      title: `the stream ${name}`,
      entries: (signal) => mergeLanes(lanes, signal),
      close: async () => client.destroy(),
    };
  } catch (cause) {
    client.destroy();
    throw unrecorded(`The stream ${name}`, cause);
  }
}

type StreamName = { readonly StreamName: string } | { readonly StreamARN: string };

class KinesisCalls implements ShardCalls {
  readonly #client: KinesisClient;
  readonly #stream: StreamName;
  readonly #options: RecordingOptions;
  readonly #ranges = new Map<string, HashRange>();
  /** By the shards that were open when they were listed first. */
  hashKeys = new HashKeys([]);

  constructor(client: KinesisClient, stream: StreamName, options: RecordingOptions) {
    this.#client = client;
    this.#stream = stream;
    this.#options = options;
  }

  async shards(): Promise<readonly RecordedShard[]> {
    const shards: Shard[] = [];
    let NextToken: string | undefined;
    do {
      const page = await this.#client.send(
        new ListShardsCommand(NextToken === undefined ? this.#stream : { NextToken }),
      );
      shards.push(...(page.Shards ?? []));
      NextToken = page.NextToken;
    } while (NextToken);
    const isFirst = this.#ranges.size === 0;
    for (const shard of shards) this.#ranges.set(shard.ShardId ?? '', rangeOf(shard));
    if (isFirst) this.hashKeys = new HashKeys(shards.filter(isOpen).map(rangeOf));
    return shards.map((shard) => ({ id: shard.ShardId ?? '', parents: parentsOf(shard), open: isOpen(shard) }));
  }

  async iterator(ShardId: string, from: RecordFrom | { readonly after: string }): Promise<string> {
    const { ShardIterator = '' } = await this.#client.send(
      new GetShardIteratorCommand({ ...this.#stream, ShardId, ...placeOf(from) }),
    );
    return ShardIterator;
  }

  async records(shard: string, ShardIterator: string): Promise<ShardPage> {
    const page = await this.#client.send(new GetRecordsCommand({ ShardIterator, Limit: PAGE }));
    const { Records = [], NextShardIterator, MillisBehindLatest } = page;
    return {
      entries: Records.map((record) => this.#entry(record, shard)),
      after: Records.at(-1)?.SequenceNumber,
      iterator: NextShardIterator ?? undefined,
      behindMs: MillisBehindLatest,
    };
  }

  #entry(
    { PartitionKey = '', Data = new Uint8Array(), ApproximateArrivalTimestamp }: StreamRecord,
    shard: string,
  ): ReadEntry {
    const { conceal, now } = this.#options;
    const key = conceal.label('key', PartitionKey);
    const explicitHashKey = this.hashKeys.explicit(PartitionKey, key, this.#ranges.get(shard) ?? WHOLE);
    const fields = { key, ...(explicitHashKey !== undefined && { explicitHashKey }), data: conceal.data(Data) };
    return { atMs: ApproximateArrivalTimestamp?.getTime() ?? now(), fields };
  }

  isExpired(error: unknown): boolean {
    return isNamed(error, 'ExpiredIteratorException');
  }

  isTrimmed(): boolean {
    return false;
  }

  isThrottled(error: unknown): boolean {
    return isThrottling(error);
  }
}

const WHOLE: HashRange = { start: 0n, end: (1n << 128n) - 1n };

function rangeOf({ HashKeyRange }: Shard): HashRange {
  const { StartingHashKey = '0', EndingHashKey = '0' } = HashKeyRange ?? {};
  return { start: BigInt(StartingHashKey), end: BigInt(EndingHashKey) };
}

function isOpen({ SequenceNumberRange }: Shard): boolean {
  return SequenceNumberRange?.EndingSequenceNumber == null;
}

function parentsOf({ ParentShardId, AdjacentParentShardId }: Shard): string[] {
  return [ParentShardId, AdjacentParentShardId].filter((id) => id != null && id !== '') as string[];
}

type Place = Pick<GetShardIteratorCommandInput, 'ShardIteratorType' | 'StartingSequenceNumber' | 'Timestamp'>;

function placeOf(from: RecordFrom | { readonly after: string }): Place {
  if (from === 'latest') return { ShardIteratorType: 'LATEST' };
  if (from === 'trim-horizon') return { ShardIteratorType: 'TRIM_HORIZON' };
  if ('after' in from) return { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber: from.after };
  return { ShardIteratorType: 'AT_TIMESTAMP', Timestamp: new Date(from.atMs) };
}
