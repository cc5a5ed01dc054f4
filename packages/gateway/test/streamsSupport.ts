/** A gateway over streams in memory, and clients for it. */
import { DynamoDBStreams } from '@aws-sdk/client-dynamodb-streams';
import { Kinesis, type KinesisClientConfig } from '@aws-sdk/client-kinesis';
import { memoryStreams, type StreamDefinition, type Streams } from '@millrace/runtime';
import type { ChangeRecord } from '@millrace/semantics';
import { afterEach, expect } from 'vitest';
import type { GatewayOptions } from '../src/index.ts';
import { ACCOUNT, PushedClock, REGION, startWorld, type World } from './support.ts';

export const streamArnOf = (name: string) => `arn:aws:kinesis:${REGION}:${ACCOUNT}:stream/${name}`;
export const tableArnOf = (table: string) =>
  `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${table}/stream/2026-01-01T00:00:00.000`;

export interface StreamsWorld extends World {
  readonly streams: Streams;
  readonly kinesis: Kinesis;
  readonly dynamodb: DynamoDBStreams;
}

/** A clock that moves only when it is pushed. */
export class StoppedClock extends PushedClock {
  readonly #startMs = Math.floor(super.now() / 1000) * 1000;
  #pushedMs = 0;

  override push(ms: number): void {
    this.#pushedMs += ms;
  }

  override now(): number {
    return this.#startMs + this.#pushedMs;
  }
}

const ends: (() => void | Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** Ends by itself after the test. */
export async function startStreams(
  options: Partial<GatewayOptions> = {},
  clock = new PushedClock(),
): Promise<StreamsWorld> {
  const streams = options.streams ?? memoryStreams({ clock });
  ends.push(() => streams.close());
  const world = await startWorld({ clock, streams, ...options });
  const dynamodb = new DynamoDBStreams({ endpoint: world.gateway.url, ...clientOptions });
  ends.push(() => dynamodb.destroy());
  return { ...world, clock, streams, kinesis: kinesisClient(world.gateway.url), dynamodb };
}

const clientOptions = {
  region: REGION,
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  maxAttempts: 1,
} as const;

/** A client over HTTP/1.1, as those of all other services are, unless told otherwise. Ends by itself after the test. */
export function kinesisClient(endpoint: string, options: Partial<KinesisClientConfig> = {}): Kinesis {
  const { requestHandler } = new DynamoDBStreams(clientOptions).config;
  const client = new Kinesis({ endpoint, requestHandler, ...clientOptions, ...options });
  ends.push(() => client.destroy());
  return client;
}

/** What a call is refused with: `name: message`. */
export async function refusalOf(call: Promise<unknown>): Promise<string> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Error);
  const { name, message } = error as Error;
  return `${name}: ${message}`;
}

/** The iterator of a shard, from its oldest record on unless told otherwise. */
export async function iteratorOf(kinesis: Kinesis, StreamName: string, shard = 0, more: object = {}): Promise<string> {
  const ShardId = shardIdOf(shard);
  const ask = { StreamName, ShardId, ShardIteratorType: 'TRIM_HORIZON' as const, ...more };
  return (await kinesis.getShardIterator(ask)).ShardIterator!;
}

export function shardIdOf(shard: number): string {
  return `shardId-${String(shard).padStart(12, '0')}`;
}

export const textOf = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString();

/** What a shard holds, from its oldest record on. */
export async function textsOf(kinesis: Kinesis, StreamName: string, shard = 0): Promise<string[]> {
  const { Records = [] } = await kinesis.getRecords({ ShardIterator: await iteratorOf(kinesis, StreamName, shard) });
  return Records.map(({ Data }) => textOf(Data));
}

/** A DynamoDB stream with one shard. */
export async function makeTableStream(
  { streams, clock }: StreamsWorld,
  table: string,
  more: Partial<StreamDefinition> = {},
): Promise<string> {
  const arn = tableArnOf(table);
  const carried = { TableName: table, StreamViewType: 'NEW_AND_OLD_IMAGES' };
  const definition = { name: table, arn, kind: 'dynamodb' as const, retentionMs: 86_400_000, createdAtMs: clock.now() };
  await streams.create({ ...definition, carried, tags: {}, ...more }, 1);
  return arn;
}

export async function putChange(streams: Streams, table: string, record: ChangeRecord): Promise<void> {
  const [outcome] = await streams.open(table).put([{ record, key: JSON.stringify(record.keys), bytes: 100 }]);
  expect(outcome!.kind).toBe('put');
}
