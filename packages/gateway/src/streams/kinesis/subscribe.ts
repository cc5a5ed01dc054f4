/**
 * SubscribeToShard: what a shard gets, pushed as it comes.
 *
 * 1. A subscription ends by itself after five minutes, or when its shard is read to its end: its last event then names the
 *    children.
 * 2. It is told every five seconds that nothing came, and how far it is.
 * 3. When another one takes over it ends with ResourceInUseException; when the stream goes, with ResourceNotFoundException.
 */
import { NoSuchStream, type ShardReceipt, type StoredShard } from '@millrace/runtime';
import { inUse, type StreamsError } from '../errors.ts';
import { numberBefore } from '../positions.ts';
import type { StreamsCall } from '../protocol/api.ts';
import type { Encoding } from '../protocol/encoding.ts';
import { EventStream } from '../protocol/eventStream.ts';
import type { KnownStream, StreamsService } from '../service.ts';
import { consumerOf } from './consumers.ts';
import { type KinesisPoint, recordsOnWire, startOf } from './read.ts';
import { childShards } from './shards.ts';
import { noSuchShard, noSuchStream, shardOf } from './whichStream.ts';

interface Input {
  readonly ConsumerARN: string;
  readonly ShardId: string;
  readonly StartingPosition: {
    readonly Type: KinesisPoint['type'];
    readonly SequenceNumber?: string;
    readonly Timestamp?: number;
  };
}

interface Listening {
  readonly known: KnownStream;
  readonly shard: StoredShard;
  readonly fromIndex: number;
  readonly untilMs: number;
  /** Another subscription has taken over. */
  readonly over: AbortSignal;
  /** Nobody listens any more, or nothing shall be said any more. */
  readonly signal: AbortSignal;
}

const LASTS_MS = 300_000;
const QUIET_MS = 5000;
const MOST_RECORDS = 10_000;
/** One message at most, but for a record that is longer. */
const MOST_BYTES = 1_048_576;

export async function subscribeToShard(service: StreamsService, input: Input, call: StreamsCall): Promise<EventStream> {
  const { known } = await consumerOf(service, input);
  const shard = await shardOf(service, known, input.ShardId);
  const { Type: type, SequenceNumber: sequenceNumber, Timestamp: timestampMs } = input.StartingPosition;
  const fromIndex = await startOf(service, known, shard, { type, sequenceNumber, timestampMs });
  const over = service.subscriptions.begin(input.ConsumerARN, shard.id);
  if (!over) throw takenOver();
  const untilMs = service.clock.now() + LASTS_MS;
  const signal = AbortSignal.any([over, call.signal()]);
  const listening: Listening = { known, shard, fromIndex, untilMs, over, signal };
  return new EventStream('SubscribeToShardEvent', events(service, listening, call.encoding));
}

async function* events(service: StreamsService, listening: Listening, encoding: Encoding): AsyncGenerator<object> {
  const { known, shard, untilMs, over, signal } = listening;
  let fromIndex = listening.fromIndex;
  while (!signal.aborted && service.clock.now() < untilMs) {
    const read = await readOn(service, listening, fromIndex);
    if (signal.aborted) break;
    fromIndex = read.nextIndex;
    yield {
      Records: recordsOnWire(shard, read, encoding),
      ContinuationSequenceNumber: read.ended ? null : numberBefore(shard, fromIndex),
      MillisBehindLatest: Math.ceil(read.millisBehindLatest),
      ...(read.ended && { ChildShards: await childShards(known, shard) }),
    };
    if (read.ended) return;
  }
  if (over.aborted) throw takenOver();
}

async function readOn(
  service: StreamsService,
  { known, shard, untilMs, signal }: Listening,
  fromIndex: number,
): Promise<ShardReceipt> {
  const waitMs = Math.max(0, Math.min(QUIET_MS, untilMs - service.clock.now()));
  const ask = { shardId: shard.id, fromIndex, maxRecords: MOST_RECORDS, maxBytes: MOST_BYTES, waitMs, signal };
  try {
    const read = await known.stream.read(ask);
    if (read) return read;
  } catch (error) {
    if (!(error instanceof NoSuchStream)) throw error;
    service.forget(known.definition.name);
    throw noSuchStream(service, known.definition.name);
  }
  throw noSuchShard(service, shard.id, known.definition.name);
}

function takenOver(): StreamsError {
  return inUse('Another active subscription exists for this consumer.');
}
