/** A topic on Redis as the target of `millrace send`, and what every topic's records have in common. */
import type { Topics } from '@millrace/runtime';
import { partitionOfKey, type TopicRecord } from '@millrace/semantics';
import type { ArrivalPayload, TopicArrival } from '@millrace/simulation';
import { redisFailed } from './sendRedisErrors.ts';
import type { BatchLimit, Parcel, SendTarget } from './sendTarget.ts';

export interface TopicParcel extends Parcel {
  readonly record: TopicRecord;
  /** Undefined: neither the fixture nor a key says. */
  readonly partition: number | undefined;
}

/** What the substrate writes in one script: as a whole, or not at all. */
const BATCH: BatchLimit = { records: 500, bytes: 512 * 1024 };

/**
 * Records of one partition keep their order. They are written now, and so say their timestamps: by those of the recording,
 * retention might remove them at once.
 */
export function topicParcel(payload: ArrivalPayload, partitions: number): TopicParcel {
  const { partition: named, timestampMs: _, ...record } = payload as TopicArrival;
  const { key, value, headers } = record;
  const partition = named ?? (key === null ? undefined : partitionOfKey(Buffer.from(key, 'base64'), partitions));
  let bytes = Buffer.byteLength(key ?? '', 'base64') + Buffer.byteLength(value ?? '', 'base64');
  for (const header of headers) bytes += Buffer.byteLength(header.key) + Buffer.byteLength(header.value, 'base64');
  return { record, partition, lane: partition === undefined ? undefined : String(partition), bytes };
}

export async function topicTarget(topics: Topics, name: string, place: string): Promise<SendTarget<TopicParcel>> {
  const topic = topics.open(name);
  const partitions = await topic.partitions();
  return {
    kind: 'self-managed-kafka',
    name,
    place,
    batch: BATCH,
    knowsRepetitions: false,
    partitions,
    parcel: (payload) => topicParcel(payload, partitions),
    send: (parcels) =>
      topic.produce(parcels).then((produced) => produced.map(() => ({ kind: 'sent' as const })), redisFailed),
    close: () => {},
  };
}
