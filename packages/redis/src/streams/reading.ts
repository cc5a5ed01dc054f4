/**
 * One read of a shard: one round trip, without a script. Redis says the time, the stream's revision and the shard's end,
 * and then the records, in this order: so what is said of the shard is never newer than its records.
 *
 * 1. The records of a shard have indexes without a gap; only at its beginning some may have been removed.
 * 2. What retention has ended is not returned, whether it was removed already or not.
 */

import type { ShardAsk, ShardReceipt, StreamRecord } from '@millrace/runtime';
import type { Placed, Shard } from '@millrace/semantics';
import { ask, type Entry } from './asking.ts';
import { decodeRecord } from './codec.ts';
import { type Known, shardOf } from './known.ts';
import type { StreamLink } from './link.ts';
import { indexAtScript } from './scripts.ts';

/** As many records as a read with a limit of bytes asks for before it has seen how large they are, and at least. */
const FIRST_ENTRIES = 100;
const FEWEST_ENTRIES = 10;
/** The most that is asked for at once: a reply of megabytes costs Redis and whoever reads it more for each record. */
const MOST_ENTRIES = 1000;

/** What Redis said of a shard, from an index on. */
interface Look {
  readonly nowMs: number;
  /** After the last record there was. */
  readonly endIndex: number;
  readonly entries: readonly Entry[];
  /** There may be more records. */
  readonly isCut: boolean;
}

interface Taking {
  readonly records: Placed<StreamRecord>[];
  bytes: number;
}

export class ShardReader {
  readonly #link: StreamLink;
  /** How large the records seen lately were. */
  readonly #meanBytes = new Map<string, number>();

  constructor(link: StreamLink) {
    this.#link = link;
  }

  /** Undefined: there is no such shard (any more). @throws {NoSuchStream} */
  async read(wanted: ShardAsk): Promise<ShardReceipt | undefined> {
    for (;;) {
      const known = await this.#link.known();
      const { createdAtMs } = known.definition;
      const isMeant = (wanted.streamCreatedAtMs ?? createdAtMs) === createdAtMs;
      const shard = isMeant ? shardOf(known, wanted.shardId) : undefined;
      if (!shard) {
        // It may be younger than what is known.
        if ((await this.#link.load())?.revision === known.revision) return undefined;
        await this.#link.outdated(known);
        continue;
      }
      const receipt = await this.#readShard(known, shard, wanted);
      if (receipt !== 'stale') return receipt;
      await this.#link.outdated(known);
    }
  }

  async #readShard(known: Known, shard: Shard, wanted: ShardAsk): Promise<ShardReceipt | undefined | 'stale'> {
    const taking: Taking = { records: [], bytes: 0 };
    let { fromIndex } = wanted;
    let missed = 0;
    for (;;) {
      const look = await this.#look(known, shard, fromIndex, this.#entriesFor(wanted, taking));
      if (!look) return 'stale';
      const { nowMs, entries } = look;
      const horizonMs = nowMs - known.definition.retentionMs;
      if (shard.closedAtMs !== null && shard.closedAtMs <= horizonMs) return undefined;
      const live = entries.findIndex(([id]) => arrivalOf(id) > horizonMs);
      if (live < 0 && look.isCut && taking.records.length === 0) {
        const first = await this.#firstIndex(shard);
        if (first === undefined) return undefined;
        missed += Math.max(0, first - fromIndex);
        fromIndex = Math.max(fromIndex, first);
        continue;
      }
      const start = live < 0 ? Math.max(fromIndex, look.endIndex) : indexOf(entries[live]![0]);
      // Retention has overtaken this very read: what is missed is for the next one to say.
      if (taking.records.length > 0 && start > fromIndex)
        return this.#receipt(shard, taking, { fromIndex, missed, look });
      missed += start - fromIndex;
      const next = take(wanted, taking, entries, live < 0 ? entries.length : live, start);
      fromIndex = start + next.taken;
      if (next.isFull || !look.isCut) return this.#receipt(shard, taking, { fromIndex, missed, look, next });
    }
  }

  #receipt(
    shard: Shard,
    { records, bytes }: Taking,
    at: { fromIndex: number; missed: number; look: Look; next?: Next },
  ): ShardReceipt {
    if (records.length > 0) this.#meanBytes.set(shard.id, bytes / records.length);
    const { fromIndex: nextIndex, missed, look, next } = at;
    const ended = shard.closedAtMs !== null && nextIndex >= look.endIndex;
    const millisBehindLatest = Math.max(0, look.nowMs - (next?.arrivalMs ?? look.nowMs));
    return { records, nextIndex, missed, ended, millisBehindLatest };
  }

  /** One more than is wanted: its age is asked for as well. */
  #entriesFor({ shardId, maxRecords, maxBytes }: ShardAsk, { records, bytes }: Taking): number {
    const wanted = Math.min(MOST_ENTRIES, maxRecords - records.length + 1);
    if (maxBytes === undefined) return wanted;
    const meanBytes = this.#meanBytes.get(shardId);
    if (meanBytes === undefined) return Math.min(wanted, FIRST_ENTRIES);
    const expected = Math.ceil((1.1 * Math.max(0, maxBytes - bytes)) / Math.max(1, meanBytes)) + 1;
    return Math.min(wanted, Math.max(FEWEST_ENTRIES, expected));
  }

  /** Undefined when the stream is not what it was known to be. */
  async #look(known: Known, shard: Shard, fromIndex: number, count: number): Promise<Look | undefined> {
    const { keys, context } = this.#link;
    const records = keys.records(known.generation, shard.number);
    const question = { meta: keys.meta, end: `e${shard.number}`, records, from: fromIndex + 1, count };
    const { nowMs, fields, entries } = await context.runner.read((client) => ask(client, question, context.timeText()));
    const [revision, latest, end] = fields;
    if (revision !== known.revision) return undefined;
    const last = entries.at(-1);
    return {
      nowMs: Math.max(nowMs, Number(latest)),
      endIndex: Math.max(Number(end), last ? indexOf(last[0]) + 1 : 0),
      entries,
      isCut: entries.length >= count,
    };
  }

  async #firstIndex(shard: Shard): Promise<number | undefined> {
    const { answer } = await this.#link.call(indexAtScript, () => [shard.number, 0]);
    return answer[0] as number | undefined;
  }
}

interface Next {
  readonly taken: number;
  /** The limits allow no more. */
  readonly isFull: boolean;
  /** When the record arrived that comes next, if there is one. */
  readonly arrivalMs: number | undefined;
}

/** Takes what the limits allow of the entries from a place on, the first of which has this index. */
function take(wanted: ShardAsk, taking: Taking, entries: readonly Entry[], place: number, index: number): Next {
  const { maxRecords, maxBytes = Number.POSITIVE_INFINITY } = wanted;
  const { records } = taking;
  let taken = 0;
  for (let at = place; at < entries.length; at++) {
    const [id, fields] = entries[at]!;
    if (records.length >= maxRecords) return { taken, isFull: true, arrivalMs: arrivalOf(id) };
    const { record, bytes } = decodeRecord(fields[1]);
    if (taking.bytes + bytes > maxBytes && records.length > 0) return { taken, isFull: true, arrivalMs: arrivalOf(id) };
    taking.bytes += bytes;
    records.push({ index: index + taken, arrivalMs: arrivalOf(id), record });
    taken++;
  }
  return { taken, isFull: false, arrivalMs: undefined };
}

function indexOf(id: string): number {
  return Number(id.slice(0, id.indexOf('-'))) - 1;
}

/** Records that were put together arrived together: the last time is remembered. */
const lastArrival = { text: '', atMs: 0 };

function arrivalOf(id: string): number {
  const text = id.slice(id.indexOf('-') + 1);
  if (text !== lastArrival.text) {
    lastArrival.text = text;
    lastArrival.atMs = Number(text);
  }
  return lastArrival.atMs;
}
