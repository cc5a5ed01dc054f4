/** The streams in memory: what the suite of the port cannot see, which is their waiting by the clock of the process. */
import { expect, test } from 'vitest';
import { memoryStreams, type StreamDefinition } from '../src/index.ts';

const definition: StreamDefinition = {
  name: 's',
  arn: 'arn:aws:kinesis:eu-west-1:123456789012:stream/s',
  kind: 'kinesis',
  retentionMs: 86_400_000,
  createdAtMs: 0,
  carried: {},
  tags: {},
};

const ask = { shardId: 'shardId-000000000000', fromIndex: 0, maxRecords: 10 };
const nothing = { records: [], nextIndex: 0, missed: 0, ended: false, millisBehindLatest: 0 };

async function world() {
  const streams = memoryStreams();
  await streams.create(definition, 1);
  return { streams, stream: streams.open('s') };
}

test('a read waits so long by the system’s clock and no longer', async () => {
  const { stream } = await world();
  const startMs = performance.now();
  expect(await stream.read({ ...ask, waitMs: 50 })).toEqual(nothing);
  expect(performance.now() - startMs).toBeGreaterThanOrEqual(49);
});

test('a close ends what waits, with what there is', async () => {
  const { streams, stream } = await world();
  const waiting = [stream.read({ ...ask, waitMs: 60_000 }), stream.read({ ...ask, waitMs: 60_000 })];
  await streams.close();
  expect(await Promise.all(waiting)).toEqual([nothing, nothing]);
});

test('what a caller does with an answer changes nothing in the stream', async () => {
  const { stream } = await world();
  await stream.split('shardId-000000000000');
  const [parent] = await stream.shards();
  (parent!.childIds as string[]).length = 0;
  expect((await stream.shards())[0]!.childIds).toHaveLength(2);
});
