/** Records as kafkajs gives them, as a poller gets them. */
import type { Millis, TopicRecord } from '@millrace/semantics';
import type { KafkaMessage } from 'kafkajs';
import type { Taker } from '../client.ts';
import { BytesPolled, type TopicPolled } from '../polled.ts';

const NOTHING = Buffer.alloc(0);

/** Those from an offset on. */
export function polledOf(
  messages: readonly KafkaMessage[],
  partition: number,
  fromOffset: number,
  { context, lanes }: Pick<Taker, 'context' | 'lanes'>,
  readMs: Millis,
): TopicPolled[] {
  const origin = { context, partition, lane: lanes.get(partition) ?? '' };
  const records: TopicPolled[] = [];
  let bytes: Buffer = NOTHING;
  for (const { offset, timestamp, key, value, headers } of messages) {
    const index = Number(offset);
    if (index < fromOffset) continue;
    const shown = headers && headersOf(headers);
    const some = value ?? key;
    if (some && some.buffer !== bytes.buffer) bytes = Buffer.from(some.buffer);
    // kafkajs cuts key and value from one piece of memory; who does not still gets its own bytes.
    const own = key && value && key.buffer !== value.buffer ? joined(key, value) : undefined;
    const held = own ?? { bytes, key, value };
    const atMs = Number(timestamp);
    records.push(new BytesPolled(origin, index, atMs, held.bytes, held.key, held.value, shown, readMs));
  }
  return records;
}

function joined(key: Buffer, value: Buffer): { bytes: Buffer; key: Buffer; value: Buffer } {
  const bytes = Buffer.allocUnsafeSlow(key.length + value.length);
  key.copy(bytes, 0);
  value.copy(bytes, key.length);
  return { bytes, key: bytes.subarray(0, key.length), value: bytes.subarray(key.length) };
}

/** kafkajs keeps the headers of one name together; their order among others is lost there. */
function headersOf(headers: NonNullable<KafkaMessage['headers']>): TopicRecord['headers'] | undefined {
  let list: { key: string; value: string }[] | undefined;
  for (const key in headers) {
    const values = headers[key];
    for (const value of Array.isArray(values) ? values : [values]) {
      list ??= [];
      list.push({ key, value: Buffer.from(value ?? '').toString('base64') });
    }
  }
  return list;
}
