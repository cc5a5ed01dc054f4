/** Messages as a queue takes them, wherever it is. */
import { newId } from '@millrace/runtime';
import type { SentMessage } from '@millrace/semantics';
import type { ArrivalPayload } from '@millrace/simulation';
import type { BatchLimit, Parcel, Place, SendTarget } from './sendTarget.ts';

export interface QueueParcel extends Parcel {
  readonly message: SentMessage;
}

/** The most that any SQS endpoint takes at once. */
const BATCH: BatchLimit = { records: 10, bytes: 262_144 };

export interface QueueTraits {
  readonly fifo: boolean;
  readonly contentBasedDeduplication: boolean;
}

/** What all queues have in common as targets. */
export function queueTraits({
  fifo,
  contentBasedDeduplication,
}: QueueTraits): Pick<SendTarget<QueueParcel>, 'kind' | 'batch' | 'knowsRepetitions' | 'parcel'> {
  // Makes deduplication ids of this run differ from those of every other.
  const run = newId().slice(0, 8);
  const parcel = (payload: ArrivalPayload, place: Place): QueueParcel => {
    const sent = payload as SentMessage;
    const { dedupId, ...rest } = sent;
    const keepsIds = place.round === 1 && (dedupId !== undefined || contentBasedDeduplication);
    const message = fifo && keepsIds ? sent : rest;
    if (!fifo || keepsIds) return parcelOf(message, fifo);
    return parcelOf({ ...rest, dedupId: ownDedupId(dedupId ?? `${run}-${place.number}`, place) }, fifo);
  };
  return { kind: fifo ? 'sqs-fifo' : 'sqs', batch: BATCH, knowsRepetitions: fifo, parcel };
}

/** A message that says nothing about deduplication is never a duplicate, nor is one of a later round. */
function ownDedupId(dedupId: string, { round }: Place): string {
  return `${dedupId.slice(0, 110)}${round > 1 ? `.${round}` : ''}`;
}

function parcelOf(message: SentMessage, fifo: boolean): QueueParcel {
  return { message, lane: fifo ? (message.groupId ?? '') : undefined, bytes: sizeOf(message) };
}

function sizeOf({ body, attributes = {} }: SentMessage): number {
  let bytes = Buffer.byteLength(body);
  for (const [name, { dataType, stringValue = '', binaryValue = '' }] of Object.entries(attributes)) {
    bytes += Buffer.byteLength(name + dataType + stringValue) + binaryValue.length;
  }
  return bytes;
}
