/**
 * A source that a test fills by hand: a stream whose shards, or a topic whose partitions, have records under numbers that
 * count up. It remembers where each poller was opened, and can be made to fail or to wait.
 */
import { type MappingSource, type PollerOpening, type PollerSource, systemClock } from '@millrace/runtime';
import type { FetchOrder, LedgerSave, MappingFact, PartitionStart, Position } from '@millrace/semantics';

export interface HandShard {
  readonly parents: readonly string[];
  /** Keys of its records; the position of a record is its index and 1. */
  readonly keys: string[];
  closed: boolean;
}

export interface Opening {
  readonly poller: string;
  readonly from: 'start' | 'horizon';
  readonly checkpoint: Position | undefined;
  readonly start: string | undefined;
}

export class HandSource implements MappingSource {
  readonly surroundings = { retentionMs: 1e9, visibilityTimeoutMs: 0, fanOut: false, envelopeBytes: 14 };
  readonly shards = new Map<string, HandShard>();
  readonly openings: Opening[] = [];
  readonly places = new Set<HandPlace>();
  readonly commits: (readonly LedgerSave[])[] = [];
  /** Waited for by whoever opens, looks, or counts partitions. */
  opens: () => unknown = () => undefined;
  looks: () => unknown = () => undefined;
  counts: () => unknown = () => 1;
  looked = 0;
  closed = false;
  partitionsHeard: (partitions: number) => void = () => {};

  shard(id: string, keys: readonly string[], parents: readonly string[] = [], closed = false): HandShard {
    const shard = { parents, keys: [...keys], closed };
    this.shards.set(id, shard);
    return shard;
  }

  /** Records come to a shard, and those that wait for them are answered. */
  put(id: string, ...keys: string[]): void {
    this.shards.get(id)?.keys.push(...keys);
    for (const place of this.places) place.look();
  }

  end(id: string): void {
    const shard = this.shards.get(id);
    if (shard) shard.closed = true;
    for (const place of this.places) place.look();
  }

  async look(order: { readonly do: string }): Promise<MappingFact> {
    this.looked += 1;
    await this.looks();
    if (order.do === 'measureLag') return { what: 'lagMeasured', lag: 0, partitions: 1, throttled: false };
    return { what: 'discovered', shards: [...this.shards].map(([id, { parents }]) => ({ id, parents })) };
  }

  async open(poller: string, opening: PollerOpening): Promise<PollerSource> {
    const { from, progress, signal } = opening;
    const checkpoint = progress.checkpoints.get('');
    this.openings.push({ poller, from, checkpoint, start: progress.starts.get('') });
    await this.opens();
    if (signal.aborted) throw signal.reason;
    return this.place(poller, opening);
  }

  place(poller: string, opening: PollerOpening, partitions?: readonly PartitionStart[]): HandPlace {
    const place = new HandPlace(this, poller, opening, partitions);
    this.places.add(place);
    return place;
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

/** A topic: every poller reads the one "shard" of its name as its partition, and shares what is saved. */
export class HandTopic extends HandSource {
  scopeOf = () => 'group';

  async partitions(): Promise<number> {
    return (await this.counts()) as number;
  }

  onPartitions(heard: (partitions: number) => void): () => void {
    this.partitionsHeard = heard;
    return () => {
      this.partitionsHeard = () => {};
    };
  }

  override async open(poller: string, opening: PollerOpening): Promise<PollerSource> {
    const { from, progress, signal } = opening;
    this.openings.push({ poller, from, checkpoint: progress.checkpoints.get(poller), start: undefined });
    await this.opens();
    if (signal.aborted) throw signal.reason;
    return this.place(poller, opening, [{ lane: poller, keyBytes: 10 }]);
  }
}

export class HandPlace implements PollerSource {
  readonly starts: ReadonlyMap<string, string>;
  readonly partitions?: readonly PartitionStart[];
  readonly poller: string;
  readonly events: PollerOpening['events'];
  readonly #source: HandSource;
  #next: number;
  #fetch: FetchOrder | undefined;
  #closed = false;
  /** What a commit is answered with, and what closing comes to. */
  committed: () => Promise<boolean> = async () => true;
  closing: () => Promise<void> = async () => {};

  constructor(source: HandSource, poller: string, opening: PollerOpening, partitions?: readonly PartitionStart[]) {
    const { progress, events } = opening;
    const ledger = partitions ? poller : '';
    this.poller = poller;
    this.events = events;
    this.#source = source;
    const start = progress.starts.get(ledger);
    this.#next = Number(progress.checkpoints.get(ledger) ?? start ?? 0);
    this.starts = new Map([[ledger, String(this.#next)]]);
    if (partitions) this.partitions = partitions;
  }

  fetch(order: FetchOrder): void {
    this.#fetch = order;
    setImmediate(() => this.look());
  }

  withdraw(id: number): void {
    if (this.#fetch?.id === id) this.#fetch = undefined;
  }

  look(): void {
    const order = this.#fetch;
    const shard = this.#source.shards.get(this.poller);
    if (!order || this.#closed || !shard) return;
    const keys = shard.keys.slice(this.#next);
    if (keys.length === 0 && !shard.closed) return;
    this.#fetch = undefined;
    const records = keys.map((key, index) => ({
      position: this.#next + index + 1,
      lane: this.partitions ? this.poller : key,
      arrivalMs: systemClock.now(),
      encodedBytes: 10,
      seq: 0,
      finished: false,
      view: () => ({ metadata: {}, data: {} }),
    }));
    this.#next += keys.length;
    this.events.tell({ what: 'fetched', id: order.id, records });
    if (shard.closed) this.events.tell({ what: 'endOfShard' });
  }

  async acknowledge() {
    return { failed: [] };
  }

  release(): void {}

  async commit(ledgers: readonly LedgerSave[]): Promise<boolean> {
    this.#source.commits.push(ledgers);
    return this.committed();
  }

  event(positions: readonly Position[]): unknown {
    return { shard: this.poller, positions: [...positions] };
  }

  identifiers(positions: readonly Position[]): string[] {
    return this.names(positions);
  }

  names(positions: readonly Position[]): string[] {
    return positions.map((position) => `${this.poller}@${position}`);
  }

  laneName(lane: string): string {
    return `${this.poller}/${lane}`;
  }

  failure(positions: readonly Position[]) {
    const [first = 0, last = 0] = [positions[0], positions.at(-1)];
    return {
      kind: 'kinesis',
      shardId: this.poller,
      streamArn: 'arn:aws:kinesis:us-east-1:123456789012:stream/s',
      startSequenceNumber: String(first),
      endSequenceNumber: String(last),
      firstArrivalMs: 0,
      lastArrivalMs: 0,
      batchSize: positions.length,
    } as const;
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#source.places.delete(this);
    return this.closing();
  }
}
