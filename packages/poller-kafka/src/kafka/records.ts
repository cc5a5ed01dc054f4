/** Records as kafkajs gives them, as a poller gets them. */
import type { TopicRecord } from '@millrace/semantics';
import type { KafkaMessage } from 'kafkajs';
import type { Taker } from '../client.ts';
import { BytesPolled, type TopicPolled } from '../polled.ts';

const NOTHING = Buffer.alloc(0);

/** Those from an offset on. */
export function polledOf(
  messages: readonly KafkaMessage[],
  partition: number,
  fromOffset: number,
  { context, lanes }: Taker,
): TopicPolled[] {
  const origin = { context, partition, lane: lanes.get(partition) ?? '' };
  const records: TopicPolled[] = [];
  let bytes: Buffer = NOTHING;
  for (const { offset, timestamp, key, value, headers } of messages) {
    const index = Number(offset);
    if (index < fromOffset) continue;
    bytes = bytesOf(key, value, bytes);
    const shown = headers && headersOf(headers);
    records.push(new BytesPolled(origin, index, Number(timestamp), bytes, key, value, shown));
  }
  return records;
}

/** The memory that key and value stand in: that of the record before, nearly always. */
function bytesOf(key: Buffer | null, value: Buffer | null, before: Buffer): Buffer {
  const some = value ?? key;
  if (!some || (some.buffer === before.buffer && (key === null || key.buffer === before.buffer))) return before;
  if (key !== null && value !== null && key.buffer !== value.buffer) throw new Error('a record in two buffers');
  return Buffer.from(some.buffer);
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
