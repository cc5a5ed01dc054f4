/**
 * A record as a poller gets it. It is its own placed record too: with three objects for each, reading would be slower.
 * Kafka's are kept as bytes, in the memory of the answer that brought them, and become base64 when an event needs it: the
 * texts of thousands of records that wait would cost more to keep than to make.
 */
import { type KafkaEventContext, kafkaEntry, kafkaEntryBytes } from '@millrace/aws-shapes';
import {
  type DecodedData,
  decodedText,
  type FilterView,
  type Placed,
  type PolledRecord,
  type TopicRecord,
} from '@millrace/semantics';
import { positionOf } from './position.ts';

type Headers = TopicRecord['headers'];

/** What all records of a partition share. */
export interface Origin {
  readonly context: KafkaEventContext;
  readonly lane: string;
  readonly partition: number;
}

const NO_HEADERS: Headers = [];
const NO_BYTES = Buffer.alloc(0);

export abstract class TopicPolled implements PolledRecord, Placed<TopicRecord>, TopicRecord {
  readonly position: number;
  readonly index: number;
  readonly arrivalMs: number;
  headers: Headers;
  abstract readonly encodedBytes: number;
  abstract readonly key: string | null;
  abstract readonly value: string | null;
  abstract readonly timestampMs: number;
  seq = 0;
  #isFinished = false;
  readonly #origin: Origin;

  constructor(origin: Origin, offset: number, arrivalMs: number, headers: Headers = NO_HEADERS) {
    this.position = positionOf(origin.partition, offset);
    this.index = offset;
    this.arrivalMs = arrivalMs;
    this.headers = headers;
    this.#origin = origin;
  }

  get finished(): boolean {
    return this.#isFinished;
  }

  /** Its body is not asked for any more, and a commit may be long in passing it. */
  set finished(isFinished: boolean) {
    this.#isFinished = isFinished;
    if (!isFinished) return;
    this.headers = NO_HEADERS;
    this.letGo();
  }

  protected abstract letGo(): void;

  get lane(): string {
    return this.#origin.lane;
  }

  get partition(): number {
    return this.#origin.partition;
  }

  get record(): TopicRecord {
    return this;
  }

  view(): FilterView {
    const { value: _value, key: _key, ...metadata } = kafkaEntry(this, this.partition, this.#origin.context);
    return { metadata, data: { value: decoded(this.value), key: decoded(this.key) } };
  }

  /** It will be kept for long: it lets go of what belongs to others. */
  settle(): void {}
}

/** Of the substrate: base64 already. */
export class TextPolled extends TopicPolled {
  key: string | null;
  value: string | null;
  readonly timestampMs: number;
  readonly encodedBytes: number;

  constructor(origin: Origin, { index, arrivalMs, record }: Placed<TopicRecord>) {
    super(origin, index, arrivalMs, record.headers);
    this.key = record.key;
    this.value = record.value;
    this.timestampMs = record.timestampMs ?? arrivalMs;
    this.encodedBytes = kafkaEntryBytes(this, origin.partition, origin.context);
  }

  protected letGo(): void {
    this.key = null;
    this.value = null;
  }
}

/** Some bytes of a buffer that holds those of other records too. */
interface Part {
  readonly buffer: ArrayBufferLike;
  readonly byteOffset: number;
  readonly length: number;
}

/** Of Kafka's brokers, whose timestamp is the only time there is. A record without one (-1) is as old as its reading. */
export class BytesPolled extends TopicPolled {
  readonly encodedBytes: number;
  readonly timestampMs: number;
  #bytes: Buffer;
  #keyAt: number;
  #keyLength: number;
  #valueAt: number;
  #valueLength: number;

  /** `key` and `value` stand in `bytes` where they are not null; -1 is the length of one that is null. */
  constructor(
    origin: Origin,
    offset: number,
    atMs: number,
    bytes: Buffer,
    key: Part | null,
    value: Part | null,
    headers: Headers | undefined,
    readMs: number,
  ) {
    super(origin, offset, atMs < 0 ? readMs : atMs, headers);
    this.timestampMs = atMs;
    this.#bytes = bytes;
    this.#keyAt = key ? key.byteOffset - bytes.byteOffset : 0;
    this.#keyLength = key ? key.length : -1;
    this.#valueAt = value ? value.byteOffset - bytes.byteOffset : 0;
    this.#valueLength = value ? value.length : -1;
    const others = bareBytes(offset, atMs, this.headers, origin);
    this.encodedBytes = others + textBytes(KEY_BYTES, this.#keyLength) + textBytes(VALUE_BYTES, this.#valueLength);
  }

  get key(): string | null {
    if (this.#keyLength < 0) return null;
    return this.#bytes.toString('base64', this.#keyAt, this.#keyAt + this.#keyLength);
  }

  get value(): string | null {
    if (this.#valueLength < 0) return null;
    return this.#bytes.toString('base64', this.#valueAt, this.#valueAt + this.#valueLength);
  }

  protected letGo(): void {
    this.#bytes = NO_BYTES;
    this.#keyLength = -1;
    this.#valueLength = -1;
  }

  override settle(): void {
    const length = Math.max(0, this.#keyLength) + Math.max(0, this.#valueLength);
    if (this.#bytes.length === length) return;
    const own = Buffer.allocUnsafeSlow(length);
    if (this.#keyLength > 0) this.#bytes.copy(own, 0, this.#keyAt, this.#keyAt + this.#keyLength);
    const valueAt = Math.max(0, this.#keyLength);
    if (this.#valueLength > 0) this.#bytes.copy(own, valueAt, this.#valueAt, this.#valueAt + this.#valueLength);
    this.#bytes = own;
    this.#keyAt = 0;
    this.#valueAt = valueAt;
  }
}

/** A record without key and value, for its other bytes: one for all, since there are very many. */
const bareRecord = { key: null, value: null, headers: NO_HEADERS };
const bare = { index: 0, arrivalMs: 0, record: bareRecord };

function bareBytes(offset: number, atMs: number, headers: Headers, { partition, context }: Origin): number {
  bare.index = offset;
  bare.arrivalMs = atMs;
  bareRecord.headers = headers;
  return kafkaEntryBytes(bare, partition, context);
}

const EMPTY = { index: 0, arrivalMs: 0 };
const [KEY_BYTES, VALUE_BYTES] = partBytes();

/** What an empty key and an empty value add to an entry. */
function partBytes(): readonly [number, number] {
  const context = { timestampType: 'CREATE_TIME', entryFixedBytes: 0 } as KafkaEventContext;
  const bytesOf = (key: string | null, value: string | null) =>
    kafkaEntryBytes({ ...EMPTY, record: { key, value, headers: NO_HEADERS } }, 0, context);
  return [bytesOf('', null) - bytesOf(null, null), bytesOf(null, '') - bytesOf(null, null)];
}

/** Of a key or value of so many bytes, in base64. */
function textBytes(emptyBytes: number, length: number): number {
  return length < 0 ? 0 : emptyBytes + 4 * Math.ceil(length / 3);
}

const ABSENT: DecodedData = { format: 'absent' };
const BINARY: DecodedData = { format: 'binary' };
const utf8 = new TextDecoder('utf-8', { fatal: true });

function decoded(base64: string | null): DecodedData {
  if (base64 === null) return ABSENT;
  try {
    return decodedText(utf8.decode(Buffer.from(base64, 'base64')));
  } catch {
    return BINARY;
  }
}
