/**
 * Sequence numbers, made only when somebody looks at one, so that logs hold no strings. They have a fixed width, so
 * they compare as text and as numbers alike.
 *
 * 1. Within a shard they grow with the index.
 * 2. Those of a child are greater than all of its parents: the time of creation leads and never goes back, and the
 *    shard's number, which is greater, follows.
 *
 * Kinesis: 56 digits that start with 49, as real ones. DynamoDB Streams: 25 digits.
 */
import type { Millis } from '../vocabulary.ts';
import type { Placed } from './records.ts';
import type { Shard, StreamKind } from './shards.ts';

/** A part of fixed width is a number above a power of ten, which needs no padding. */
const SECONDS = 10_000_000_000;
const SHARDS = 1_000_000;
const HIGH = 1_000_000;
const LOW = 1_000_000_000;

/** The high half of almost every number. */
const NO_HIGH = String(HIGH);

/** What sequence numbers are made of, whoever holds the shard. */
type NumberedShard = Pick<Shard, 'sequencePrefix' | 'createdAtMs' | 'closedAtMs'>;

/** The part that all sequence numbers of a shard share. */
export function sequencePrefix(kind: StreamKind, shardNumber: number, createdAtMs: Millis): string {
  if (kind === 'dynamodb') return `3${SHARDS + shardNumber}`;
  return `49${SECONDS + Math.floor(createdAtMs / 1000)}${SHARDS + shardNumber}`;
}

/** The sequence number of a record, from its place alone. */
export function sequenceNumber(
  shard: Pick<Shard, 'sequencePrefix'>,
  placed: Pick<Placed<unknown>, 'index' | 'arrivalMs'>,
): string {
  return numberAt(shard, placed.index + 1, placed.arrivalMs);
}

/** The index of the record that has this sequence number in this shard; undefined when it is not one of this shard's. */
export function indexOfSequenceNumber(shard: Pick<Shard, 'sequencePrefix'>, text: string): number | undefined {
  if (!text.startsWith(shard.sequencePrefix)) return undefined;
  const start = shard.sequencePrefix.length;
  const high = Number(text.slice(start, start + 7)) - HIGH;
  const low = Number(text.slice(start + 7, start + 17)) - LOW;
  const index = high * LOW + low - 1;
  return Number.isInteger(index) && index >= 0 ? index : undefined;
}

/** The range that ListShards shows; a shard that is open has no end. `endIndex`: the index after its last record. */
export function sequenceNumberRange(
  shard: NumberedShard,
  endIndex: number,
): { readonly startingSequenceNumber: string; readonly endingSequenceNumber?: string } {
  const startingSequenceNumber = numberAt(shard, 0, shard.createdAtMs);
  if (shard.closedAtMs === null) return { startingSequenceNumber };
  return { startingSequenceNumber, endingSequenceNumber: numberAt(shard, endIndex + 1, shard.closedAtMs) };
}

function numberAt(shard: Pick<Shard, 'sequencePrefix'>, place: number, atMs: Millis): string {
  const { sequencePrefix: prefix } = shard;
  if (prefix.charCodeAt(0) === DYNAMODB) return prefix + fixedWidth(place);
  const time = timePart(Math.floor(atMs));
  return place < LOW ? headOf(prefix) + (LOW + place) + time : prefix + fixedWidth(place) + time;
}

const DYNAMODB = '3'.charCodeAt(0);

/** What all numbers of a shard begin with, but for the rarest; asked for many of one shard in a row. */
function headOf(prefix: string): string {
  if (lastHead.prefix !== prefix) {
    lastHead.prefix = prefix;
    lastHead.text = prefix + NO_HIGH;
  }
  return lastHead.text;
}

const lastHead = { prefix: '', text: '' };

/** Records that arrive together end alike: the last end is remembered, because making one costs more than all the rest. */
const lastTime = { atMs: -1, text: '' };

function timePart(atMs: Millis): string {
  if (lastTime.atMs !== atMs) {
    lastTime.atMs = atMs;
    lastTime.text = `${fixedWidth(atMs)}02`;
  }
  return lastTime.text;
}

/** 17 digits that grow with a number up to 10^15. In two halves, because small integers print much faster. */
function fixedWidth(value: number): string {
  if (value < LOW) return NO_HIGH + (LOW + value);
  return `${HIGH + Math.floor(value / LOW)}${LOW + (value % LOW)}`;
}
