/** Streams of a substrate as the ordered suite wants them. */
import { shardSource, substrateClient } from '@millrace/poller-shards';
import { newId, type Stream, type Streams, systemClock } from '@millrace/runtime';
import type { OrderedSubject, OrderedUnderTest } from '@millrace/runtime/conformance';
import type { StreamKind } from '@millrace/semantics';
import { KIND_ONE, putOf, REGION, ROLE_ARN, seenIn } from './events.ts';

export function substrateSubject(streams: Streams, kind: StreamKind): OrderedSubject {
  return {
    async make(units) {
      const name = `s-${newId()}`;
      const arn = `arn:aws:kinesis:${REGION}:123456789012:stream/${name}`;
      const createdAtMs = systemClock.now();
      await streams.create({ name, arn, kind, retentionMs: 86_400_000, createdAtMs, carried: {}, tags: {} }, units);
      return underTest(streams.open(name), kind, arn);
    },
  };
}

function underTest(stream: Stream, kind: StreamKind, arn: string): OrderedUnderTest {
  return {
    kind,
    eventSourceArn: arn,
    kindOne: KIND_ONE[kind],
    source: ({ startingPosition, tumblingWindowMs }) =>
      shardSource({
        client: substrateClient({ stream, kind }),
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
  };
}

/** Reshards the first open shards. */
async function resharded(stream: Stream, how: (open: readonly string[]) => ReturnType<Stream['split']>): Promise<void> {
  const open = (await stream.shards()).filter(({ closedAtMs }) => closedAtMs === null);
  const outcome = await how(open.map(({ id }) => id));
  if (outcome.kind !== 'resharded') throw new Error(JSON.stringify(outcome));
}
