/** Records a DynamoDB stream. Its iterators know no times: from a time on means that older changes are left out. */
import {
  DescribeStreamCommand,
  type DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListStreamsCommand,
  type AttributeValue as SdkValue,
  type Shard,
  type _Record as StreamRecord,
} from '@aws-sdk/client-dynamodb-streams';
import type { AttributeMap, AttributeValue, Millis } from '@millrace/semantics';
import { UsageError } from '../errors.ts';
import { dynamodbStreamsAt, saidTime } from './awsClients.ts';
import { mergeLanes } from './recordMerge.ts';
import { isNamed, unrecorded } from './recordProblems.ts';
import { type RecordedShard, type ShardCalls, type ShardPage, shardLanes } from './recordShards.ts';
import type { NamedStream, ReadEntry, RecordFrom, Recording, RecordingOptions } from './recordSource.ts';
import { isThrottling } from './sdkErrors.ts';

const PAGE = 1000;
/** Changes carry whole seconds. */
const SECOND_MS = 1000;

export async function recordDynamodb(source: NamedStream, options: RecordingOptions): Promise<Recording> {
  const { name, arn } = source;
  const { endpoint, region = source.region, once, now } = options;
  const client = await dynamodbStreamsAt(endpoint, region);
  const serverMs = saidTime(client);
  const startedMs = now();
  try {
    const calls = new DynamodbCalls(client, arn ?? (await streamOf(client, name)), options);
    const lanes = await shardLanes({ ...options, calls });
    const { open, viewType } = calls;
    // A table may change faster than its shards are ever empty. Of two clocks the later one leaves nothing out.
    const untilMs = once ? Math.max(startedMs, serverMs() + SECOND_MS) : undefined;
    return {
      source: {
        type: 'dynamodb',
        name,
        ...(open > 1 && { shards: open }),
        ...(viewType !== undefined && { viewType }),
      },
      title: `the stream of the table ${name}`,
      entries: (signal) => mergeLanes(lanes, signal, untilMs),
      close: async () => client.destroy(),
    };
  } catch (cause) {
    client.destroy();
    throw unrecorded(`The stream of the table ${name}`, cause);
  }
}

/** A table has one stream that grows; older ones may still be there. */
async function streamOf(client: DynamoDBStreamsClient, TableName: string): Promise<string> {
  const { Streams = [] } = await client.send(new ListStreamsCommand({ TableName }));
  const latest = Streams.map(({ StreamArn = '' }) => StreamArn)
    .sort()
    .at(-1);
  if (latest === undefined)
    throw new UsageError(`The table ${TableName} has no stream: switch it on, or name the stream's ARN.`);
  return latest;
}

type Concealing = Pick<RecordingOptions, 'conceal' | 'now'>;

export class DynamodbCalls implements ShardCalls {
  readonly #client: DynamoDBStreamsClient;
  readonly #arn: string;
  readonly #options: Concealing;
  /** Of shards that are read from a time on. */
  readonly #notBeforeMs = new Map<string, Millis>();
  /** How many shards were open when they were listed last; the view type. */
  open = 0;
  viewType: string | undefined;

  constructor(client: DynamoDBStreamsClient, arn: string, options: Concealing) {
    this.#client = client;
    this.#arn = arn;
    this.#options = options;
  }

  async shards(): Promise<readonly RecordedShard[]> {
    const shards: Shard[] = [];
    let ExclusiveStartShardId: string | undefined;
    do {
      const command = new DescribeStreamCommand({ StreamArn: this.#arn, ExclusiveStartShardId });
      const { StreamDescription } = await this.#client.send(command);
      shards.push(...(StreamDescription?.Shards ?? []));
      this.viewType = StreamDescription?.StreamViewType;
      ExclusiveStartShardId = StreamDescription?.LastEvaluatedShardId;
    } while (ExclusiveStartShardId);
    this.open = shards.filter(isOpen).length;
    return shards.map((shard) => ({
      id: shard.ShardId ?? '',
      parents: shard.ParentShardId ? [shard.ParentShardId] : [],
      open: isOpen(shard),
    }));
  }

  async iterator(ShardId: string, from: RecordFrom | { readonly after: string }): Promise<string> {
    if (typeof from === 'object' && 'atMs' in from) {
      this.#notBeforeMs.set(ShardId, Math.floor(from.atMs / SECOND_MS) * SECOND_MS);
    }
    const place =
      typeof from === 'object' && 'after' in from
        ? { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER' as const, SequenceNumber: from.after }
        : { ShardIteratorType: from === 'latest' ? ('LATEST' as const) : ('TRIM_HORIZON' as const) };
    const command = new GetShardIteratorCommand({ StreamArn: this.#arn, ShardId, ...place });
    return (await this.#client.send(command)).ShardIterator ?? '';
  }

  async records(shard: string, ShardIterator: string): Promise<ShardPage> {
    const { Records = [], NextShardIterator } = await this.#client.send(
      new GetRecordsCommand({ ShardIterator, Limit: PAGE }),
    );
    const notBeforeMs = this.#notBeforeMs.get(shard) ?? 0;
    return {
      entries: Records.map((record) => this.#entry(record)).filter(({ atMs }) => atMs >= notBeforeMs),
      after: Records.at(-1)?.dynamodb?.SequenceNumber,
      iterator: NextShardIterator ?? undefined,
      behindMs: undefined,
    };
  }

  #entry({ eventName, dynamodb, userIdentity }: StreamRecord): ReadEntry {
    const { conceal, now } = this.#options;
    const { Keys = {}, NewImage, OldImage, ApproximateCreationDateTime } = dynamodb ?? {};
    const isTtl = eventName === 'REMOVE' && /^dynamodb\./.test(userIdentity?.PrincipalId ?? '');
    const fields = {
      op: eventName,
      keys: conceal.item(plain(Keys), true),
      ...(NewImage && { new: conceal.item(plain(NewImage)) }),
      ...(OldImage && { old: conceal.item(plain(OldImage)) }),
      ...(isTtl && { ttl: true }),
    };
    return { atMs: ApproximateCreationDateTime?.getTime() ?? now(), fields };
  }

  isExpired(error: unknown): boolean {
    return isNamed(error, 'ExpiredIteratorException');
  }

  isTrimmed(error: unknown): boolean {
    return isNamed(error, 'TrimmedDataAccessException');
  }

  isThrottled(error: unknown): boolean {
    return isThrottling(error);
  }
}

function isOpen({ SequenceNumberRange }: Shard): boolean {
  return SequenceNumberRange?.EndingSequenceNumber == null;
}

/** Bytes as base64, as they stand in DynamoDB JSON. */
function plain(item: Readonly<Record<string, SdkValue>>): AttributeMap {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, plainValue(value)]));
}

function plainValue(value: SdkValue): AttributeValue {
  if (value.M !== undefined) return { M: plain(value.M) };
  if (value.L !== undefined) return { L: value.L.map(plainValue) };
  if (value.B !== undefined) return { B: base64(value.B) };
  if (value.BS !== undefined) return { BS: value.BS.map(base64) };
  return { ...value };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
