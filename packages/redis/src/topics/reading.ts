/**
 * One read of several partitions: rounds of XRANGEs that leave together, taken in the order of the asks.
 *
 * 1. What a read answers does not depend on what was guessed; guesses only decide how much a round asks for.
 * 2. A round ends with the first partition that is believed to hold enough, so that a backlog is not fetched twelve times to
 *    be thrown away eleven times. A partition that gave all it was asked for goes on in the next round.
 */
import {
  OtherTopic,
  type PartitionAsk,
  type PartitionReceipt,
  type TopicRead,
  topicRecordBytes,
} from '@millrace/runtime';
import type { Placed, TopicRecord } from '@millrace/semantics';
import { decodeEntry, type Entry, idFrom, placeOf } from './codec.ts';
import { partitionKey } from './keys.ts';
import { type Known, noSuchPartition, type TopicLink } from './link.ts';
import { lookScript, offsetsScript } from './scripts.ts';

/** So much, as far as it can be guessed, one round brings. */
const ROUND_BYTES = 8_000_000;
/** What records are taken for until some were seen. */
const UNKNOWN_BYTES = 65_536;

/** What earlier reads of a topic have shown. */
export class Guess {
  readonly behind = new Set<number>();
  averageBytes = UNKNOWN_BYTES;

  learn(records: number, bytes: number): void {
    if (records === 0) return;
    const seen = Math.max(1, bytes / records);
    this.averageBytes = this.averageBytes === UNKNOWN_BYTES ? seen : 0.75 * this.averageBytes + 0.25 * seen;
  }
}

interface Want {
  readonly partition: number;
  readonly fromOffset: number;
  /** Where to go on. */
  at: number;
  readonly records: Placed<TopicRecord>[];
}

interface Round {
  readonly wants: readonly Want[];
  /** So many records are asked of each. */
  readonly count: number;
}

type Limit = Pick<TopicRead, 'maxRecords' | 'maxBytes' | 'creation'>;

/** Reads what is there now. */
export async function readNow(
  link: TopicLink,
  guess: Guess,
  asks: readonly PartitionAsk[],
  limit: Limit,
): Promise<PartitionReceipt[]> {
  for (;;) {
    const known = await link.known();
    const receipts = await new Reading(link, known, guess, limit).read(asks);
    if (!receipts) continue;
    if ((limit.creation ?? known.generation) !== known.generation) throw new OtherTopic(link.name);
    return receipts;
  }
}

class Reading {
  readonly #link: TopicLink;
  readonly #known: Known;
  readonly #guess: Guess;
  readonly #maxRecords: number;
  readonly #maxBytes: number;
  #records = 0;
  #bytes = 0;
  /** Nothing more may be added. */
  #isFull: boolean;
  /** What arrived then or before has expired. */
  #horizonMs = -Infinity;

  constructor(link: TopicLink, known: Known, guess: Guess, { maxRecords, maxBytes = Infinity }: Limit) {
    this.#link = link;
    this.#known = known;
    this.#guess = guess;
    this.#maxRecords = maxRecords;
    this.#maxBytes = maxBytes;
    this.#isFull = maxRecords <= 0;
  }

  /** Undefined: the topic that was known is no more. */
  async read(asks: readonly PartitionAsk[]): Promise<PartitionReceipt[] | undefined> {
    const wants = asks.map(
      ({ partition, fromOffset }): Want => ({ partition, fromOffset, at: fromOffset, records: [] }),
    );
    let round = this.#plan(wants);
    const [looked, first] = await Promise.all([this.#link.callAs(this.#known, lookScript, []), this.#fetch(round)]);
    if (!looked) return undefined;
    for (const { partition } of asks) check(partition, Number(looked[2]));
    this.#horizonMs = Number(looked[1]) - this.#known.definition.retentionMs;
    let found = first;
    for (let rest: readonly Want[] = wants; ; ) {
      rest = rest.slice(await this.#take(round, found));
      if (this.#isFull || rest.length === 0) break;
      round = this.#plan(rest);
      found = await this.#fetch(round);
    }
    this.#guess.learn(this.#records, this.#bytes);
    return wants.filter(({ records }) => records.length > 0).map(receiptOf);
  }

  #plan(rest: readonly Want[]): Round {
    if (this.#isFull) return { wants: [], count: 0 };
    const { behind, averageBytes } = this.#guess;
    const enough = rest.findIndex(({ partition }) => behind.has(partition));
    const wants = enough < 0 ? rest : rest.slice(0, enough + 1);
    const bytes = Math.min(ROUND_BYTES / wants.length, this.#maxBytes - this.#bytes + averageBytes);
    return { wants, count: Math.max(1, Math.min(this.#maxRecords - this.#records, Math.floor(bytes / averageBytes))) };
  }

  #fetch({ wants, count }: Round): Promise<Entry[][]> {
    const { base } = this.#known;
    return this.#link.context.runner.read((client) =>
      Promise.all(
        wants.map(({ partition, at }) => client.xrange(partitionKey(base, partition), idFrom(at), '+', 'COUNT', count)),
      ),
    );
  }

  /** Takes what a round has brought, as far as there is room. Returns how many of its partitions are done with. */
  async #take({ wants, count }: Round, found: readonly Entry[][]): Promise<number> {
    const { behind } = this.#guess;
    for (let done = 0; done < wants.length; done++) {
      const [want, entries] = [wants[done]!, found[done]!];
      if (entries.length > 0 && placeOf(entries[0]!).arrivalMs <= this.#horizonMs) {
        await this.#skipExpired(want, placeOf(entries[0]!).index);
        return done;
      }
      this.#takeFrom(want, entries);
      const holdsMore = entries.length === count;
      if (this.#isFull || holdsMore) behind.add(want.partition);
      else behind.delete(want.partition);
      if (this.#isFull || holdsMore) return done;
    }
    return wants.length;
  }

  #takeFrom(want: Want, entries: readonly Entry[]): void {
    for (const entry of entries) {
      const placed = decodeEntry(entry);
      const bytes = topicRecordBytes(placed.record);
      // What came before in this answer has no gap, even where retention has overtaken it between two rounds.
      const isGap = want.records.length > 0 && placed.index !== want.at;
      const isTooLong = this.#records > 0 && this.#bytes + bytes > this.#maxBytes;
      this.#isFull = isGap || isTooLong || this.#records >= this.#maxRecords;
      if (this.#isFull) return;
      want.records.push(placed);
      want.at = placed.index + 1;
      this.#records++;
      this.#bytes += bytes;
    }
    this.#isFull = this.#records >= this.#maxRecords;
  }

  /** Retention has ended what is still there: finds what it has left. */
  async #skipExpired(want: Want, expired: number): Promise<void> {
    const answer = await this.#link.callAs(this.#known, offsetsScript, [want.partition]);
    const first = Number(answer?.[1]);
    if (!answer || want.records.length > 0) this.#isFull = true;
    else want.at = Math.max(want.at, first);
    // The clock of Redis was set back: what it took for expired is not.
    if (first <= expired) this.#horizonMs = -Infinity;
  }
}

function check(partition: number, partitions: number): void {
  if (!(Number.isInteger(partition) && partition >= 0 && partition < partitions)) {
    throw noSuchPartition(partition, partitions);
  }
}

function receiptOf({ partition, fromOffset, at, records }: Want): PartitionReceipt {
  return { partition, records, nextOffset: at, missed: records[0]!.index - fromOffset };
}
