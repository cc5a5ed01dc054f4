/** Registered consumers and what is pushed to them. */
import type { Kinesis, SubscribeToShardEvent, SubscribeToShardEventStream } from '@aws-sdk/client-kinesis';
import { expect, test } from 'vitest';
import { refusalOf, type StreamsWorld, shardIdOf, startStreams, streamArnOf, textOf } from './streamsSupport.ts';

async function register(kinesis: Kinesis, ConsumerName = 'c'): Promise<string> {
  await kinesis.createStream({ StreamName: 's', ShardCount: 1 });
  const { Consumer } = await kinesis.registerStreamConsumer({ StreamARN: streamArnOf('s'), ConsumerName });
  return Consumer!.ConsumerARN!;
}

async function subscribe(kinesis: Kinesis, ConsumerARN: string, position: object = { Type: 'TRIM_HORIZON' }) {
  const StartingPosition = position as { Type: 'TRIM_HORIZON' };
  const { EventStream } = await kinesis.subscribeToShard({ ConsumerARN, ShardId: shardIdOf(0), StartingPosition });
  return EventStream![Symbol.asyncIterator]();
}

async function nextEvent(events: AsyncIterator<SubscribeToShardEventStream>): Promise<SubscribeToShardEvent> {
  const { value, done } = await events.next();
  expect(done).toBe(false);
  return (value as SubscribeToShardEventStream).SubscribeToShardEvent!;
}

const put = ({ kinesis }: Pick<StreamsWorld, 'kinesis'>, text: string) =>
  kinesis.putRecord({ StreamName: 's', Data: Buffer.from(text), PartitionKey: 'k' });

const textsIn = ({ Records }: SubscribeToShardEvent) => Records!.map(({ Data }) => textOf(Data));

test('Consumers are registered, described, listed and deregistered', async () => {
  const { kinesis } = await startStreams();
  const ConsumerARN = await register(kinesis, 'b');
  expect(ConsumerARN).toMatch(/^arn:aws:kinesis:eu-west-1:123456789012:stream\/s\/consumer\/b:\d{10}$/);
  const StreamARN = streamArnOf('s');
  await Promise.all(['a', 'c'].map((ConsumerName) => kinesis.registerStreamConsumer({ StreamARN, ConsumerName })));
  expect(await refusalOf(kinesis.registerStreamConsumer({ StreamARN, ConsumerName: 'a' }))).toContain(
    'ResourceInUseException: Consumer a under stream',
  );
  expect((await kinesis.describeStreamConsumer({ ConsumerARN })).ConsumerDescription).toMatchObject({
    ConsumerName: 'b',
    ConsumerARN,
    ConsumerStatus: 'ACTIVE',
    StreamARN,
  });
  const first = await kinesis.listStreamConsumers({ StreamARN, MaxResults: 2 });
  const rest = await kinesis.listStreamConsumers({ StreamARN, NextToken: first.NextToken! });
  expect([...first.Consumers!, ...rest.Consumers!].map(({ ConsumerName }) => ConsumerName)).toEqual(['a', 'b', 'c']);
  expect(rest.NextToken).toBeUndefined();
  const { StreamDescriptionSummary: summary } = await kinesis.describeStreamSummary({ StreamName: 's' });
  expect(summary!.ConsumerCount).toBe(3);

  await kinesis.deregisterStreamConsumer({ StreamARN, ConsumerName: 'a' });
  expect(await refusalOf(kinesis.describeStreamConsumer({ StreamARN, ConsumerName: 'a' }))).toContain(
    'ResourceNotFoundException: Consumer a',
  );
  expect(await refusalOf(kinesis.describeStreamConsumer({ StreamARN }))).toContain('InvalidArgumentException: Either');
  expect(await refusalOf(kinesis.deleteStream({ StreamName: 's' }))).toContain('EnforceConsumerDeletion');
  await kinesis.deleteStream({ StreamName: 's', EnforceConsumerDeletion: true });
  const more = Array.from({ length: 20 }, (_, index) => `c${index}`);
  await kinesis.createStream({ StreamName: 's', ShardCount: 1 });
  for (const ConsumerName of more) await kinesis.registerStreamConsumer({ StreamARN, ConsumerName });
  expect(await refusalOf(kinesis.registerStreamConsumer({ StreamARN, ConsumerName: 'x' }))).toContain('LimitExceeded');
});

test('Records are pushed as they come, and a new subscription goes on after the last number', async () => {
  const world = await startStreams();
  const { kinesis, clock } = world;
  const ConsumerARN = await register(kinesis);
  await put(world, '1');
  const events = await subscribe(kinesis, ConsumerARN);
  const first = await nextEvent(events);
  expect(textsIn(first)).toEqual(['1']);
  expect(first).toMatchObject({
    MillisBehindLatest: 0,
    ContinuationSequenceNumber: expect.stringMatching(/^49\d{54}$/),
  });
  const waiting = nextEvent(events);
  const sent = await put(world, '2');
  const second = await waiting;
  expect(textsIn(second)).toEqual(['2']);
  expect(second.Records![0]!.SequenceNumber).toBe(sent.SequenceNumber);
  await events.return?.();
  clock.push(5000);
  await put(world, '3');
  const SequenceNumber = first.ContinuationSequenceNumber!;
  const again = await subscribe(kinesis, ConsumerARN, { Type: 'AFTER_SEQUENCE_NUMBER', SequenceNumber });
  expect(textsIn(await nextEvent(again))).toEqual(['2', '3']);
});

test('Nothing new is told, too: a subscriber hears how far it is', async () => {
  const { kinesis, clock } = await startStreams();
  const ConsumerARN = await register(kinesis);
  const events = await subscribe(kinesis, ConsumerARN, { Type: 'LATEST' });
  const quiet = nextEvent(events);
  const { Records, ContinuationSequenceNumber: number } = await quiet;
  expect(Records).toEqual([]);
  await events.return?.();
  clock.push(5000);
  await put({ kinesis }, '1');
  const position = { Type: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: number };
  expect(textsIn(await nextEvent(await subscribe(kinesis, ConsumerARN, position)))).toEqual(['1']);
});

test('Within five seconds another subscription is refused, later it takes over', async () => {
  const world = await startStreams();
  const { kinesis, clock } = world;
  const ConsumerARN = await register(kinesis);
  const former = await subscribe(kinesis, ConsumerARN, { Type: 'LATEST' });
  expect(await refusalOf(subscribe(kinesis, ConsumerARN))).toBe(
    'ResourceInUseException: Another active subscription exists for this consumer.',
  );
  const ending = refusalOf(former.next());
  clock.push(5000);
  const events = await subscribe(kinesis, ConsumerARN);
  expect(await ending).toContain('ResourceInUseException');
  await put(world, '1');
  expect(textsIn(await nextEvent(events))).toEqual(['1']);
});

test('A subscription ends after five minutes', async () => {
  const world = await startStreams();
  const ConsumerARN = await register(world.kinesis);
  const events = await subscribe(world.kinesis, ConsumerARN);
  const last = nextEvent(events);
  world.clock.push(300_000);
  await put(world, '1');
  expect(textsIn(await last)).toEqual(['1']);
  expect(await events.next()).toMatchObject({ done: true });
});

test('It ends with the children of a shard that was split, and with the stream', async () => {
  const world = await startStreams();
  const { kinesis, clock } = world;
  const ConsumerARN = await register(kinesis);
  const events = await subscribe(kinesis, ConsumerARN);
  const ending = nextEvent(events);
  await kinesis.splitShard({ StreamName: 's', ShardToSplit: shardIdOf(0), NewStartingHashKey: '5' });
  const { ChildShards, ContinuationSequenceNumber } = await ending;
  expect(ChildShards!.map(({ ShardId }) => ShardId)).toEqual([shardIdOf(1), shardIdOf(2)]);
  expect(ContinuationSequenceNumber).toBeUndefined();
  expect(await events.next()).toMatchObject({ done: true });
  clock.push(5000);
  const { EventStream } = await kinesis.subscribeToShard({
    ConsumerARN,
    ShardId: shardIdOf(1),
    StartingPosition: { Type: 'LATEST' },
  });
  const gone = refusalOf(EventStream![Symbol.asyncIterator]().next());
  await kinesis.deleteStream({ StreamName: 's', EnforceConsumerDeletion: true });
  expect(await gone).toContain('ResourceNotFoundException');
});

test('Who subscribes wrongly hears it at once', async () => {
  const { kinesis } = await startStreams();
  const ConsumerARN = await register(kinesis);
  const other = ConsumerARN.replace('/c:', '/d:');
  expect(await refusalOf(subscribe(kinesis, other))).toContain('ResourceNotFoundException: Consumer');
  const position = { Type: 'AT_SEQUENCE_NUMBER', SequenceNumber: '1' };
  expect(await refusalOf(subscribe(kinesis, ConsumerARN, position))).toContain('did not come from this stream');
});

test('A gateway that closes ends its subscriptions', async () => {
  const { kinesis, gateway } = await startStreams();
  const events = await subscribe(kinesis, await register(kinesis), { Type: 'LATEST' });
  const ended = events.next();
  await gateway.close();
  expect(await ended).toMatchObject({ done: true });
});
