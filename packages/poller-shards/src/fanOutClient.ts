/** A Kinesis stream behind the AWS SDK, read through a registered consumer (enhanced fan-out). */
import { type KinesisClient, SubscribeToShardCommand, type SubscribeToShardEventStream } from '@aws-sdk/client-kinesis';
import type { Clock } from '@millrace/runtime';
import { callsOf } from './calls.ts';
import { type ShardClient, ShardProblem } from './client.ts';
import { FanOutReader, type PushedRecords, type Subscriptions } from './fanOutReader.ts';
import { IteratorReader } from './iteratorReader.ts';
import {
  asTrimmed,
  iteratorCalls,
  type KinesisClientOptions,
  kinesisStream,
  startingPosition,
} from './kinesisClient.ts';
import { kinesisRecords } from './kinesisRecords.ts';
import type { Place } from './place.ts';

export interface FanOutClientOptions extends KinesisClientOptions {
  /** As `kinesisSdk` makes it: endpoints without HTTP/2 need another handler than the SDK's own. */
  readonly client: KinesisClient;
  readonly consumerArn: string;
}

export function fanOutClient(options: FanOutClientOptions): ShardClient {
  const { clock } = options;
  const stream = kinesisStream(options);
  const calls = iteratorCalls(options);
  let closed: ReadonlySet<string> = new Set();
  return {
    ...stream,
    fanOut: true,
    async shards(signal) {
      const shards = await stream.shards(signal);
      closed = new Set(shards.flatMap((shard) => (shard.closed ? [shard.id] : [])));
      return shards;
    },
    reader(shardId, from) {
      // Not every endpoint says at the end of a shard that it is one: one that was listed as closed is asked.
      const isEnd = async (place: Place, signal: AbortSignal) => {
        if (!closed.has(shardId)) return false;
        const { records, ended } = await new IteratorReader(shardId, place, calls).read(1, signal);
        return ended && records.length === 0;
      };
      return new FanOutReader(from, { subscribe: subscribing(options, shardId), isEnd }, clock);
    },
  };
}

function subscribing(options: FanOutClientOptions, ShardId: string): Subscriptions['subscribe'] {
  const { client, consumerArn: ConsumerARN, clock } = options;
  const call = callsOf(options);
  return async (place, signal) => {
    const { type: Type, Timestamp, StartingSequenceNumber: SequenceNumber } = startingPosition(place);
    const StartingPosition = { Type, ...(Timestamp && { Timestamp }), ...(SequenceNumber && { SequenceNumber }) };
    const command = new SubscribeToShardCommand({ ConsumerARN, ShardId, StartingPosition });
    try {
      const { EventStream } = await call(
        'SubscribeToShard',
        () => client.send(command, { abortSignal: signal }),
        signal,
      );
      if (!EventStream) throw new ShardProblem('unreachable', 'SubscribeToShard answered without events');
      return pushed(EventStream, clock);
    } catch (error) {
      throw asTrimmed(error, place);
    }
  };
}

async function* pushed(events: AsyncIterable<SubscribeToShardEventStream>, clock: Clock): AsyncIterable<PushedRecords> {
  for await (const event of events) {
    if (event.SubscribeToShardEvent) {
      const { Records = [], ContinuationSequenceNumber, ChildShards = [] } = event.SubscribeToShardEvent;
      const continuation = ContinuationSequenceNumber ?? undefined;
      const records = kinesisRecords(Records, clock.now());
      yield { records, continuation: ChildShards.length > 0 ? undefined : continuation };
      continue;
    }
    // The stream's own errors come as events.
    const error = Object.values(event).find((value) => value instanceof Error);
    if (error) throw error;
  }
}
