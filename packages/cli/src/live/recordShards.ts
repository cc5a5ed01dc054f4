/** The shards of a stream as lanes of a recording: read one after the other along their lineage, through shard iterators. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Millis } from '@millrace/semantics';
import type { LaneRead, RecordLane } from './recordMerge.ts';
import { Patience } from './recordPatience.ts';
import type { ReadEntry, RecordFrom } from './recordSource.ts';

export interface RecordedShard {
  readonly id: string;
  readonly parents: readonly string[];
  readonly open: boolean;
}

export interface ShardPage {
  readonly entries: readonly ReadEntry[];
  /** Where the next read goes on after these; undefined: nothing was read. */
  readonly after: string | undefined;
  /** Undefined at the end of the shard. */
  readonly iterator: string | undefined;
  /** How far the read is behind the tip; undefined: the source does not say. */
  readonly behindMs: Millis | undefined;
}

/** One kind of stream. */
export interface ShardCalls {
  shards(): Promise<readonly RecordedShard[]>;
  /** `after`: a sequence number. */
  iterator(shard: string, from: RecordFrom | { readonly after: string }): Promise<string>;
  records(shard: string, iterator: string): Promise<ShardPage>;
  /** Whether the answer means that the iterator is too old, or that retention has taken what it points at. */
  isExpired(error: unknown): boolean;
  isTrimmed(error: unknown): boolean;
  isThrottled(error: unknown): boolean;
}

export interface ShardLanesOptions {
  readonly calls: ShardCalls;
  readonly from: RecordFrom;
  /** A shard ends once it has been read to its tip. */
  readonly once: boolean;
  readonly now: () => Millis;
  readonly say: (sentence: string) => void;
}

/** Between two reads of a shard: its readers share five a second. */
const NEXT_PAGE_MS = 220;
const AT_TIP_MS = 1000;
/** After so many empty pages a source that does not say counts as read to its tip. */
const EMPTY_AT_TIP = 3;

/** Where to begin: open shards at the tip, or every shard whose parents are no longer there. */
export async function shardLanes(options: ShardLanesOptions): Promise<readonly RecordLane[]> {
  return new Lineage(options).begin();
}

class Lineage {
  readonly options: ShardLanesOptions;
  readonly #known = new Map<string, RecordedShard>();
  readonly #over = new Set<string>();
  readonly #begun = new Set<string>();

  constructor(options: ShardLanesOptions) {
    this.options = options;
  }

  async begin(): Promise<readonly RecordLane[]> {
    await this.look();
    if (this.options.from !== 'latest') return this.ready();
    const shards = [...this.#known.values()];
    // What was closed before is not recorded; its children begin anew.
    for (const { id, open } of shards) {
      if (open) continue;
      this.#over.add(id);
      this.#begun.add(id);
    }
    const lanes = this.#start(
      shards.filter(({ open }) => open),
      'latest',
    );
    await Promise.all(lanes.map((lane) => lane.stand()));
    return lanes;
  }

  async look(): Promise<void> {
    for (const shard of await this.options.calls.shards()) this.#known.set(shard.id, shard);
  }

  finish(shard: string): void {
    this.#over.add(shard);
  }

  /** Shards that were not begun and whose parents are over, or are not there. */
  ready(): readonly RecordLane[] {
    const isOver = (id: string) => this.#over.has(id) || !this.#known.has(id);
    const shards = [...this.#known.values()].filter(({ id, parents }) => !this.#begun.has(id) && parents.every(isOver));
    const { from } = this.options;
    return this.#start(shards, from === 'latest' ? 'trim-horizon' : from);
  }

  #start(shards: readonly RecordedShard[], from: RecordFrom): ShardLane[] {
    return shards.map(({ id }) => {
      this.#begun.add(id);
      return new ShardLane(id, from, this);
    });
  }
}

class ShardLane implements RecordLane {
  readonly #shard: string;
  readonly #lineage: Lineage;
  readonly #patience: Patience;
  #from: RecordFrom | { readonly after: string };
  #iterator: string | undefined;
  #nextMs: Millis = 0;
  #empty = 0;
  #isClosed = false;

  constructor(shard: string, from: RecordFrom, lineage: Lineage) {
    this.#shard = shard;
    this.#from = from;
    this.#lineage = lineage;
    this.#patience = new Patience(`Shard ${shard}`, lineage.options);
  }

  /** Keeps the tip as it is now: what comes from now on is read. */
  async stand(): Promise<void> {
    const { calls, now } = this.#lineage.options;
    const atMs = now();
    this.#iterator = await calls.iterator(this.#shard, this.#from);
    this.#from = { atMs };
  }

  async read(signal: AbortSignal): Promise<LaneRead> {
    const { calls, now } = this.#lineage.options;
    for (;;) {
      await pause(Math.max(0, this.#nextMs - now()), undefined, { signal }).catch(() => {});
      if (signal.aborted) return NOTHING;
      const startedMs = now();
      const page = await this.#page(calls).catch((error: unknown) => this.#recover(error, calls));
      if (page) return this.#answer(page, startedMs);
    }
  }

  next(): readonly RecordLane[] {
    if (!this.#isClosed) return [];
    this.#lineage.finish(this.#shard);
    return this.#lineage.ready();
  }

  async #page(calls: ShardCalls): Promise<ShardPage> {
    this.#iterator ??= await calls.iterator(this.#shard, this.#from);
    const page = await calls.records(this.#shard, this.#iterator);
    // The children are to be known before this one counts as read.
    if (page.iterator === undefined) await this.#lineage.look();
    this.#patience.recovered();
    return page;
  }

  #answer(page: ShardPage, startedMs: Millis): LaneRead {
    const { entries, after, iterator, behindMs } = page;
    this.#iterator = iterator;
    if (after !== undefined) this.#from = { after };
    this.#empty = after === undefined ? this.#empty + 1 : 0;
    const atTip = behindMs === undefined ? this.#empty >= EMPTY_AT_TIP : behindMs === 0 && entries.length === 0;
    this.#nextMs = startedMs + (atTip ? AT_TIP_MS : NEXT_PAGE_MS);
    this.#isClosed = iterator === undefined;
    const ended = this.#isClosed || (this.#lineage.options.once && (atTip || behindMs === 0));
    if (behindMs !== undefined && entries.length === 0) return { entries, upToMs: startedMs - behindMs, ended };
    return { entries, upToMs: atTip ? startedMs : (entries.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY), ended };
  }

  /** @throws what does not pass */
  #recover(error: unknown, calls: ShardCalls): undefined {
    const { now, say } = this.#lineage.options;
    this.#nextMs = now() + AT_TIP_MS;
    if (calls.isThrottled(error)) return;
    if (calls.isExpired(error)) this.#iterator = undefined;
    else if (calls.isTrimmed(error)) {
      say(
        `Retention has taken records of ${this.#shard} before they could be read; going on with the oldest that are left.`,
      );
      this.#iterator = undefined;
      this.#from = 'trim-horizon';
    } else this.#patience.troubled(error);
  }
}

const NOTHING: LaneRead = { entries: [], upToMs: Number.NEGATIVE_INFINITY, ended: false };
