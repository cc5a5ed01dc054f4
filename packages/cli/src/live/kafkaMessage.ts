/** A record as kafkajs's producers take it. */
import type { TopicRecord } from '@millrace/semantics';
import type { Message } from 'kafkajs';

export function messageOf({ key, value, headers }: Pick<TopicRecord, 'key' | 'value' | 'headers'>): Message {
  const named = new Map<string, Buffer[]>();
  for (const header of headers) {
    named.set(header.key, [...(named.get(header.key) ?? []), Buffer.from(header.value, 'base64')]);
  }
  return { key: bytesOf(key), value: bytesOf(value), headers: Object.fromEntries(named) };
}

function bytesOf(base64: string | null): Buffer | null {
  return base64 === null ? null : Buffer.from(base64, 'base64');
}
