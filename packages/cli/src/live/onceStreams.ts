/** Kinesis and DynamoDB streams of a run that is played. */
import type { Resharded, Streams } from '@millrace/runtime';
import type { KinesisRecord } from '@millrace/semantics';
import type { Plan } from '@millrace/simulation';
import { UsageError } from '../errors.ts';
import { kinesisAt } from './awsClients.ts';
import { type Arrived, type PlayedSource, type Refusal, refused } from './oncePlayed.ts';
import { kinesisEntry } from './sdkEntries.ts';
import { recordPut } from './sendStream.ts';
import { endpointOf, isElsewhere } from './sources.ts';
import { type StreamSourcePlan, streamNameOf } from './substrate.ts';

export async function playedStream(source: StreamSourcePlan, plan: Plan, streams: Streams): Promise<PlayedSource> {
  if (!isElsewhere(source)) return ownStream(source, streams);
  if (source.type === 'kinesis') return streamBehind(source, plan);
  return { source, isOurs: false, send: () => Promise.reject(unwritable(source)), close: () => {} };
}

function unwritable({ name }: StreamSourcePlan): UsageError {
  return new UsageError(
    `source \`${name}\` is the stream of a table behind an endpoint, where records come only by changing items: take out its \`records\`.`,
  );
}

function ownStream(source: StreamSourcePlan, streams: Streams): PlayedSource {
  const stream = streams.open(streamNameOf(source));
  const openShards = async () => (await stream.shards()).filter(({ closedAtMs }) => closedAtMs === null);
  return {
    source,
    isOurs: true,
    async send(payloads) {
      const puts = payloads.map((payload) => recordPut(source.type, payload));
      const outcomes = await stream.put(puts);
      return outcomes.map((outcome, index) => {
        if (outcome.kind !== 'put') throw refused(source, `shard ${outcome.shardId} takes no more in this second`);
        const { sequenceNumber, shardId } = outcome;
        return { name: sequenceNumber, key: puts[index]?.key ?? '', place: shardId, deduplicated: false };
      });
    },
    async split(shardId) {
      return refusalOf(await stream.split(shardId ?? (await openShards())[0]?.id ?? ''));
    },
    async merge(shardIds) {
      const [one, other] = shardIds ?? (await openShards()).map(({ id }) => id);
      return refusalOf(await stream.merge(one ?? '', other ?? ''));
    },
    close: () => {},
  };
}

function refusalOf(outcome: Resharded): Refusal | undefined {
  return outcome.kind === 'refused' ? { code: outcome.code, message: outcome.message } : undefined;
}

/** As many as PutRecords takes at once. */
const PUT_RECORDS = 500;

async function streamBehind(source: StreamSourcePlan, plan: Plan): Promise<PlayedSource> {
  const { PutRecordsCommand } = await import('@aws-sdk/client-kinesis');
  const client = await kinesisAt(endpointOf(source), plan.region);
  const StreamName = streamNameOf(source);
  return {
    source,
    isOurs: false,
    async send(payloads) {
      const records = payloads as readonly KinesisRecord[];
      const arrived: Arrived[] = [];
      for (let at = 0; at < records.length; at += PUT_RECORDS) {
        const some = records.slice(at, at + PUT_RECORDS);
        const answer = await client.send(new PutRecordsCommand({ StreamName, Records: some.map(kinesisEntry) }));
        for (const [index, { SequenceNumber, ShardId, ErrorCode, ErrorMessage }] of (answer.Records ?? []).entries()) {
          if (SequenceNumber === undefined) throw refused(source, `${ErrorCode}, ${ErrorMessage}`);
          const key = some[index]?.partitionKey ?? '';
          arrived.push({ name: SequenceNumber, key, place: ShardId ?? '', deduplicated: false });
        }
      }
      return arrived;
    },
    close: () => client.destroy(),
  };
}
