/** Streams of a substrate as the ordered suite wants them. */
import { type ShardClient, shardSource, substrateClient } from '@millrace/poller-shards';
import { newId, type Stream, type Streams, systemClock } from '@millrace/runtime';
import type { OrderedSubject, OrderedUnderTest } from '@millrace/runtime/conformance';
import type { StreamKind } from '@millrace/semantics';
import { KIND_ONE, putOf, REGION, ROLE_ARN, seenIn } from './events.ts';

/** What reads a stream that the test itself fills, and how that is disturbed. */
export interface Reading {
  readonly client: ShardClient;
  readonly faults?: Pick<OrderedUnderTest, 'expire' | 'throttle'>;
}

export type ReadingOf = (stream: Stream, arn: string) => Promise<Reading>;

export function substrateSubject(streams: Streams, kind: StreamKind): OrderedSubject {
  return streamSubject(streams, kind, async (stream) => ({ client: substrateClient({ stream, kind }) }));
}

/** Streams that are filled on their substrate, read as the test says. */
export function streamSubject(streams: Streams, kind: StreamKind, readingOf: ReadingOf): OrderedSubject {
  return {
    async make(units) {
      const name = `s-${newId()}`;
      const arn = arnOf(kind, name);
      const createdAtMs = systemClock.now();
      await streams.create({ name, arn, kind, retentionMs: 86_400_000, createdAtMs, carried: {}, tags: {} }, units);
      const stream = streams.open(name);
      return underTest(stream, kind, arn, await readingOf(stream, arn));
    },
  };
}

function arnOf(kind: StreamKind, name: string): string {
  if (kind === 'kinesis') return `arn:aws:kinesis:${REGION}:123456789012:stream/${name}`;
  return `arn:aws:dynamodb:${REGION}:123456789012:table/${name}/stream/2026-01-01T00:00:00.000`;
}

function underTest(stream: Stream, kind: StreamKind, arn: string, { client, faults }: Reading): OrderedUnderTest {
  return {
    kind,
    eventSourceArn: arn,
    kindOne: KIND_ONE[kind],
    source: ({ startingPosition, tumblingWindowMs }) =>
      shardSource({
        client,
        arn,
        region: REGION,
        roleArn: ROLE_ARN,
        startingPosition,
        tumblingWindowMs,
        clock: systemClock,
      }),
    async put(records) {
      const outcomes = await stream.put(records.map((record) => putOf(kind, record)));
      const refused = outcomes.find((outcome) => outcome.kind !== 'put');
      if (refused) throw new Error(`not put: ${JSON.stringify(refused)}`);
    },
    seen: (event) => seenIn(kind, event),
    split: () => resharded(stream, ([first]) => stream.split(first ?? '')),
    merge: () => resharded(stream, ([first, second]) => stream.merge(first ?? '', second ?? '')),
    ...faults,
  };
}

/** Reshards the first open shards. */
async function resharded(stream: Stream, how: (open: readonly string[]) => ReturnType<Stream['split']>): Promise<void> {
  const open = (await stream.shards()).filter(({ closedAtMs }) => closedAtMs === null);
  const outcome = await how(open.map(({ id }) => id));
  if (outcome.kind !== 'resharded') throw new Error(JSON.stringify(outcome));
}
