/**
 * The two encodings of requests and answers: AWS JSON and CBOR. Blobs are base64 text in JSON and byte strings in CBOR;
 * times are seconds in JSON, and in CBOR tag 1 with milliseconds, which is what AWS's clients send and expect there.
 */
import { decode, encode, Tagged } from 'cborg';
import { malformed } from '../errors.ts';

export interface Encoding {
  readonly contentType: string;
  /** What a blob must be, for people. */
  readonly blobWord: string;
  /** @throws {StreamsError} when the bytes are none of this encoding */
  decode(body: Buffer): unknown;
  encode(value: object): string | Uint8Array;
  /** A time as it stands in an answer. */
  time(ms: number): unknown;
  /** A blob as it stands in an answer. */
  blob(base64: string): unknown;
  /** Milliseconds; undefined when it is no time. */
  readTime(value: unknown): number | undefined;
  /** Base64 text; undefined when it is no blob. */
  readBlob(value: unknown): string | undefined;
}

const CBOR = 'application/x-amz-cbor-1.1';

/** Later than any time in seconds, earlier than any in milliseconds that a stream can mean (the year 1973). */
const LEAST_MILLIS = 100_000_000_000;
/** Furthest time of a date. */
const FURTHEST_MS = 8_640_000_000_000_000;

export function encodingFor(contentType: string | undefined, json: Encoding): Encoding {
  return contentType?.startsWith(CBOR) ? cborEncoding : json;
}

export function jsonEncoding(version: '1.0' | '1.1'): Encoding {
  return {
    contentType: `application/x-amz-json-${version}`,
    blobWord: 'base64 text',
    decode: decodeJson,
    encode: (value) => JSON.stringify(value),
    time: (ms) => Math.floor(ms) / 1000,
    blob: (base64) => base64,
    readTime: (value) => (typeof value === 'number' ? asMillis(value * 1000) : undefined),
    readBlob: (value) => (typeof value === 'string' && isBase64(value) ? value : undefined),
  };
}

const cborEncoding: Encoding = {
  contentType: CBOR,
  blobWord: 'a byte string',
  decode: decodeCbor,
  encode: (value) => encode(value, { ignoreUndefinedProperties: true }),
  time: (ms) => new Tagged(1, Math.floor(ms)),
  blob: (base64) => Buffer.from(base64, 'base64'),
  readTime: (value) => (typeof value === 'number' ? asMillis(value < LEAST_MILLIS ? value * 1000 : value) : undefined),
  readBlob: (value) => (value instanceof Uint8Array ? Buffer.from(value).toString('base64') : undefined),
};

function decodeJson(body: Buffer): unknown {
  try {
    return body.length === 0 ? {} : JSON.parse(body.toString());
  } catch {
    throw malformed('The request body is not JSON.');
  }
}

function decodeCbor(body: Buffer): unknown {
  try {
    return body.length === 0 ? {} : decode(body, { tags: { 1: (inner) => inner() } });
  } catch {
    // Also when it is nested deeper than the stack.
    throw malformed('The request body is not CBOR.');
  }
}

function asMillis(ms: number): number | undefined {
  return Math.abs(ms) <= FURTHEST_MS ? Math.floor(ms) : undefined;
}

/** No expression that goes back: the text may be megabytes long. */
function isBase64(text: string): boolean {
  if (text.length % 4 !== 0 || /[^A-Za-z0-9+/=]/.test(text)) return false;
  const padding = text.indexOf('=');
  return padding < 0 || (padding >= text.length - 2 && text.endsWith('='));
}
