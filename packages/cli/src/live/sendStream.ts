/** A Kinesis or DynamoDB stream on Redis as the target of `millrace send`. */
import type { PutOutcome, RecordPut, StreamDefinition, Streams } from '@millrace/runtime';
import type { ChangeRecord, KinesisRecord, StreamKind } from '@millrace/semantics';
import type { ArrivalPayload } from '@millrace/simulation';
import { redisFailed } from './sendRedisErrors.ts';
import type { BatchLimit, Parcel, SendTarget, Sent } from './sendTarget.ts';

export interface StreamParcel extends Parcel {
  readonly put: RecordPut;
}

/** What the substrate writes in one script: as a whole, or not at all. */
const BATCH: BatchLimit = { records: 500, bytes: 512 * 1024 };

/** Records of one partition key, and changes of one item, keep their order. */
export function streamParcel(kind: StreamKind, payload: ArrivalPayload): StreamParcel {
  const put = recordPut(kind, payload);
  return { put, lane: put.key, bytes: put.bytes };
}

export function recordPut(kind: StreamKind, payload: ArrivalPayload): RecordPut {
  if (kind === 'kinesis') {
    const record = payload as KinesisRecord;
    const key = record.partitionKey;
    return { record, key, bytes: Buffer.byteLength(key) + Buffer.byteLength(record.data, 'base64') };
  }
  const record = payload as ChangeRecord;
  return { record, key: JSON.stringify(record.keys), bytes: JSON.stringify(record).length };
}

export async function streamTarget(
  streams: Streams,
  { name, kind, putLimits }: StreamDefinition,
  place: string,
): Promise<SendTarget<StreamParcel>> {
  const stream = streams.open(name);
  const shards = (await stream.shards()).filter(({ closedAtMs }) => closedAtMs === null).length;
  return {
    kind,
    name,
    place,
    // A shard that is full may still take a smaller record.
    batch: putLimits === undefined ? BATCH : { ...BATCH, oncePerLane: true },
    knowsRepetitions: false,
    ...(shards > 0 && { shards }),
    parcel: (payload) => streamParcel(kind, payload),
    send: (parcels) => stream.put(parcels.map(({ put }) => put)).then((outcomes) => outcomes.map(sentOf), redisFailed),
    close: () => {},
  };
}

function sentOf(outcome: PutOutcome): Sent {
  if (outcome.kind === 'put') return { kind: 'sent' };
  return { kind: 'again', because: `shard ${outcome.shardId} takes no more in this second` };
}
