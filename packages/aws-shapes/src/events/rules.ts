/** Which rules shaped an event, for the line of the trace that shows its invocation. Reads nothing but the event. */
import type { RuleId } from '@millrace/semantics';
import type { DynamodbEntry } from './dynamodb.ts';
import type { RecordsEvent, WindowEvent } from './envelope.ts';
import type { KafkaEntry, KafkaEvent } from './kafka.ts';
import type { KinesisEntry } from './kinesis.ts';
import type { SqsEntry } from './sqs.ts';

/** One entry of an event that has `Records`. */
export type RecordsEntry = SqsEntry | KinesisEntry | DynamodbEntry;

/** Any event of the six sources. */
export type LambdaEvent = RecordsEvent<RecordsEntry> | WindowEvent<RecordsEntry> | KafkaEvent;

/** The rules that are to be seen in an event, the rarest first. Empty when its shape needs no explanation. */
export function eventRules(event: LambdaEvent): readonly RuleId[] {
  const found = new Set<RuleId>();
  if ('records' in event) {
    for (const entries of Object.values(event.records)) for (const entry of entries) addKafkaRules(entry, found);
  } else {
    if ('isFinalInvokeForWindow' in event && event.isFinalInvokeForWindow)
      found.add('event.final-window-without-records');
    for (const entry of event.Records) addRecordRules(entry, found);
  }
  return RAREST_FIRST.filter((rule) => found.has(rule));
}

const RAREST_FIRST = [
  'event.final-window-without-records',
  'event.ttl-delete-has-user-identity',
  'event.kafka-null-is-absent',
  'event.kafka-headers-as-signed-bytes',
  'event.view-type-decides-images',
  'event.attributes-digest-null-with-window',
] as const satisfies readonly RuleId[];

function addKafkaRules(entry: KafkaEntry, found: Set<RuleId>): void {
  if (entry.key === undefined || entry.value === undefined) found.add('event.kafka-null-is-absent');
  if (entry.headers.length > 0) found.add('event.kafka-headers-as-signed-bytes');
}

function addRecordRules(entry: RecordsEntry, found: Set<RuleId>): void {
  if ('dynamodb' in entry) {
    found.add('event.view-type-decides-images');
    if (entry.userIdentity !== undefined) found.add('event.ttl-delete-has-user-identity');
  } else if ('body' in entry && entry.md5OfMessageAttributes === null) {
    found.add('event.attributes-digest-null-with-window');
  }
}
