/**
 * An answer that goes on: messages of `application/vnd.amazon.eventstream`, each with its headers and checksums. The first
 * one is the initial response; an error that happens on the way is the last one.
 */
import { EventStreamCodec } from '@smithy/eventstream-codec';
import type { StreamsError } from '../errors.ts';
import type { Encoding } from './encoding.ts';

export const EVENT_STREAM = 'application/vnd.amazon.eventstream';

/** What an operation answers when its answer goes on. */
export class EventStream {
  readonly name: string;
  readonly events: AsyncIterable<object>;

  constructor(name: string, events: AsyncIterable<object>) {
    this.name = name;
    this.events = events;
  }
}

const codec = new EventStreamCodec(
  (bytes) => (typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString()),
  (text) => Buffer.from(text),
);

export function eventMessage(type: string, body: object, encoding: Encoding): Uint8Array {
  return message({ ':message-type': 'event', ':event-type': type }, body, encoding);
}

export function exceptionMessage({ code, message: text }: StreamsError, encoding: Encoding): Uint8Array {
  const type = code === 'InternalFailure' ? 'InternalFailureException' : code;
  return message({ ':message-type': 'exception', ':exception-type': type }, { message: text }, encoding);
}

function message(headers: Readonly<Record<string, string>>, body: object, encoding: Encoding): Uint8Array {
  const encoded = encoding.encode(body);
  const all = { ...headers, ':content-type': encoding.contentType };
  const typed = Object.entries(all).map(([name, value]) => [name, { type: 'string', value }] as const);
  return codec.encode({
    headers: Object.fromEntries(typed),
    body: typeof encoded === 'string' ? Buffer.from(encoded) : encoded,
  });
}
