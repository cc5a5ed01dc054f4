/** The records of an event as a function gets it, each as behaviours see it, whatever kind of source it came from. */
import type { ItemIdentifier, KafkaEntry } from '@millrace/aws-shapes';
import { isKafka, isQueue, type SourceKind } from '@millrace/semantics';
import { parsedBase64, parsedText } from '../sources/decode.ts';

/** One record. */
export interface EventEntry {
  /** No other record has it. */
  readonly key: string;
  /** How an answer calls it. */
  readonly identifier: ItemIdentifier;
  decoded(): unknown;
}

interface QueueEntry {
  readonly messageId: string;
  readonly body: string;
}

interface KinesisEntry {
  readonly eventID: string;
  readonly kinesis: { readonly sequenceNumber: string; readonly data: string; readonly partitionKey: string };
}

interface ChangeEntry {
  readonly dynamodb: { readonly SequenceNumber: string };
}

const KINDS: Readonly<Record<string, SourceKind>> = {
  'aws:sqs': 'sqs',
  'aws:kinesis': 'kinesis',
  'aws:dynamodb': 'dynamodb',
  'aws:kafka': 'msk',
  SelfManagedKafka: 'self-managed-kafka',
};

/** What kind of source an event says it comes from; a function may be called by several. */
export function kindOfEvent(event: unknown): SourceKind | undefined {
  const { eventSource, Records: records } = event as {
    readonly eventSource?: string;
    readonly Records?: readonly { readonly eventSource?: string }[];
  };
  return KINDS[eventSource ?? records?.[0]?.eventSource ?? ''];
}

/** In the order of the event. */
export function entriesOf(kind: SourceKind, event: unknown): EventEntry[] {
  if (isKafka(kind)) {
    const { records } = event as { readonly records: Readonly<Record<string, readonly KafkaEntry[]>> };
    return Object.entries(records).flatMap(([partition, entries]) => entries.map((entry) => kafka(partition, entry)));
  }
  const { Records: records } = event as { readonly Records: readonly unknown[] };
  if (isQueue(kind)) return (records as readonly QueueEntry[]).map(message);
  return kind === 'kinesis' ? (records as readonly KinesisEntry[]).map(kinesis) : records.map(change);
}

function message(entry: QueueEntry): EventEntry {
  const { messageId } = entry;
  return {
    key: messageId,
    identifier: messageId,
    decoded: () => ({ ...entry, body: parsedText(entry.body) }),
  };
}

function kinesis({ eventID, kinesis: { sequenceNumber, data, partitionKey } }: KinesisEntry): EventEntry {
  return { key: eventID, identifier: sequenceNumber, decoded: () => ({ data: parsedBase64(data), partitionKey }) };
}

function change(entry: unknown): EventEntry {
  const { SequenceNumber } = (entry as ChangeEntry).dynamodb;
  return { key: SequenceNumber, identifier: SequenceNumber, decoded: () => entry };
}

function kafka(partition: string, entry: KafkaEntry): EventEntry {
  const { offset } = entry;
  return {
    key: `${partition}@${offset}`,
    identifier: { partition, offset },
    decoded: () => ({
      key: parsedBase64(entry.key ?? null),
      value: parsedBase64(entry.value ?? null),
      partition: entry.partition,
      headers: entry.headers.map(decodedHeader),
    }),
  };
}

/** Header values stand in events as signed bytes. */
function decodedHeader(header: Readonly<Record<string, readonly number[]>>): Record<string, unknown> {
  const decoded: Record<string, unknown> = {};
  for (const [key, bytes] of Object.entries(header)) {
    decoded[key] = parsedText(new TextDecoder().decode(Uint8Array.from(bytes, (byte) => byte & 0xff)));
  }
  return decoded;
}

/** The tumbling window of an event, where it has one. */
export function windowOf(event: unknown): { readonly final: boolean; readonly state: unknown } | undefined {
  const { window, isFinalInvokeForWindow, state } = event as {
    readonly window?: unknown;
    readonly isFinalInvokeForWindow?: boolean;
    readonly state?: unknown;
  };
  return window === undefined ? undefined : { final: isFinalInvokeForWindow === true, state };
}
