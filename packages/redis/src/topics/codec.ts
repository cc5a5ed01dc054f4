/**
 * Records as entries of a Redis stream: the id says offset and arrival (`OFFSET+1-ARRIVAL`, because an id must not be 0),
 * the only field is the head, its value is the record's value as it was sent. The head is `KIND TIMESTAMP LF HEADERS LF KEY`
 * without the spaces: headers as JSON or nothing, the key last, so that neither is ever touched.
 */
import type { Placed, TopicRecord } from '@millrace/semantics';

/** By kind: whether there is a key, and a value. */
const KINDS = ['n', 'k', 'v', 'b'] as const;
const [NOTHING, KEY_ONLY, VALUE_ONLY] = KINDS;

const NO_HEADERS: TopicRecord['headers'] = [];

/** An entry as XRANGE answers it. */
export type Entry = readonly [id: string, fields: readonly string[]];

export function encodeHead({ key, value, headers, timestampMs }: TopicRecord): string {
  const kind = KINDS[(key === null ? 0 : 1) + (value === null ? 0 : 2)];
  const headersText = headers.length === 0 ? '' : JSON.stringify(headers);
  return `${kind}${timestampMs ?? ''}\n${headersText}\n${key ?? ''}`;
}

export function decodeEntry(entry: Entry): Placed<TopicRecord> {
  const { index, arrivalMs } = placeOf(entry);
  const [head = '', text = ''] = entry[1];
  return { index, arrivalMs, record: decodeRecord(head, text) };
}

export function placeOf([id]: Entry): { readonly index: number; readonly arrivalMs: number } {
  const dash = id.indexOf('-');
  return { index: Number(id.slice(0, dash)) - 1, arrivalMs: Number(id.slice(dash + 1)) };
}

/** The id from which a read begins at an offset. */
export function idFrom(offset: number): string {
  return offset < 0 ? '-' : `${offset + 1}`;
}

function decodeRecord(head: string, text: string): TopicRecord {
  const kind = head[0];
  const timestampEnd = head.indexOf('\n');
  const headersEnd = head.indexOf('\n', timestampEnd + 1);
  const key = kind === VALUE_ONLY || kind === NOTHING ? null : head.slice(headersEnd + 1);
  const value = kind === KEY_ONLY || kind === NOTHING ? null : text;
  const headers =
    headersEnd === timestampEnd + 1
      ? NO_HEADERS
      : (JSON.parse(head.slice(timestampEnd + 1, headersEnd)) as TopicRecord['headers']);
  return timestampEnd === 1
    ? { key, value, headers }
    : { key, value, headers, timestampMs: Number(head.slice(1, timestampEnd)) };
}
