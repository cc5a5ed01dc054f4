/**
 * The reading place of one poller in one generation of its group.
 *
 * 1. A fetch is answered once: with records, with nothing at its time limit, or never when it was withdrawn.
 * 2. Once the generation is lost nothing is given any more, and the poller is told once. What it holds can still be asked
 *    for.
 * 3. Records are held until a commit says that everything up to them is finished.
 */
import {
  type FailureFacts,
  type ItemIdentifier,
  type KafkaEventContext,
  kafkaPartitionBytes,
  type TopicBatch,
  type TopicMessage,
} from '@millrace/aws-shapes';
import {
  type Acknowledged,
  type Clock,
  type PollerEvents,
  type PollerSource,
  type Timer,
  within,
} from '@millrace/runtime';
import type {
  FetchOrder,
  LedgerSave,
  PartitionOffsets,
  PartitionStart,
  Position,
  SavedPoller,
} from '@millrace/semantics';
import type { GroupMember } from './client.ts';
import { Commits } from './commits.ts';
import { Held } from './held.ts';
import { Intake } from './intake.ts';
import type { Place } from './place.ts';
import { offsetOf, positionOf } from './position.ts';
import { awaitedOffsets } from './starts.ts';

/** The longest that closing waits for what was not committed yet. */
const FLUSH_WITHIN_MS = 1_000;

export interface ReaderOptions {
  readonly member: GroupMember;
  readonly generation: number;
  readonly context: KafkaEventContext;
  readonly places: readonly Place[];
  readonly saved: SavedPoller | undefined;
  /** Where partitions begin, by topic-partition. */
  readonly starts: ReadonlyMap<string, string>;
  readonly clock: Clock;
  readonly events: PollerEvents;
  readonly onClose: () => void;
  /** Its commits do not come through, and do again. */
  readonly onTroubled: (problem: string, reader: Reader) => void;
  readonly onRecovered: (reader: Reader) => void;
}

export class Reader implements PollerSource {
  readonly partitions: readonly PartitionStart[];
  readonly starts: ReadonlyMap<string, string>;
  readonly saved: SavedPoller | undefined;
  readonly intake: Intake;
  readonly #options: ReaderOptions;
  readonly #held: Held;
  readonly #commits: Commits;
  readonly #byLane: ReadonlyMap<string, Place>;
  /** Behind the last checkpoint of each partition, as the group commits it; where it began before the first. */
  readonly #next: Map<string, number>;
  #fetch: FetchOrder | undefined;
  #timer: Timer | undefined;
  #isLost = false;
  #isClosed = false;

  constructor(options: ReaderOptions) {
    const { member, generation, context, places, saved, starts, clock, events } = options;
    this.#options = options;
    this.starts = starts;
    this.saved = saved;
    this.partitions = places.map(({ lane, partition }) => ({
      lane,
      keyBytes: kafkaPartitionBytes(partition, context),
    }));
    this.#byLane = new Map(places.map((place) => [place.lane, place]));
    this.#next = new Map(places.map(({ lane, next }) => [lane, next]));
    this.#held = new Held(places, context);
    this.#commits = new Commits({
      member,
      generation,
      clock,
      onRefused: () => this.lost(),
      onTroubled: (problem) => options.onTroubled(problem, this),
      onRecovered: () => options.onRecovered(this),
    });
    this.intake = new Intake({
      member,
      context,
      places,
      awaited: awaitedOffsets(saved),
      onTaken: () => this.#answer(),
      onMissed: (count) => events.missed(count),
      now: () => clock.now(),
    });
  }

  fetch(order: FetchOrder): void {
    this.#want(order);
    this.intake.except(order.except);
    this.#answer();
  }

  withdraw(id: number): void {
    if (this.#fetch?.id === id) this.#want(undefined);
  }

  #want(order: FetchOrder | undefined): void {
    this.#fetch = order;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #answer(): void {
    const order = this.#fetch;
    if (!order || this.#isLost || this.#isClosed) return;
    const { clock, events } = this.#options;
    const now = clock.now();
    const isDue = now >= order.notBefore && this.intake.hasSomething;
    if (!isDue && !(order.untilMs !== undefined && now >= order.untilMs)) {
      this.#waitFor(order, now);
      return;
    }
    this.#want(undefined);
    const records = isDue ? this.intake.give(order.maxRecords) : [];
    const trimmed = this.intake.trimmed();
    events.tell({ what: 'fetched', id: order.id, records, ...(trimmed.length > 0 && { trimmed }) });
  }

  /** Until something comes it waits for its time, and at the longest for its limit. */
  #waitFor(order: FetchOrder, now: number): void {
    const atMs = now < order.notBefore ? order.notBefore : order.untilMs;
    if (atMs === undefined || this.#timer) return;
    this.#timer = this.#options.clock.at(atMs, () => {
      this.#timer = undefined;
      this.#answer();
    });
  }

  /** By partition, the offset of the oldest record that its poller holds. */
  oldestHeld(): ReadonlyMap<number, number> {
    const oldest = new Map<number, number>();
    for (const { partition, oldestHeld } of this.#byLane.values()) {
      if (oldestHeld !== undefined) oldest.set(partition, oldestHeld);
    }
    return oldest;
  }

  /** Its partitions reach from here to there now. */
  reaches(offsets: readonly PartitionOffsets[]): void {
    const { places, events } = this.#options;
    if (this.#isLost || this.#isClosed) return;
    for (const { partition, earliest } of offsets) {
      const place = places.find((each) => each.partition === partition);
      if (!place || (place.oldestHeld ?? earliest) >= earliest) continue;
      events.tell({ what: 'removed', lane: place.lane, before: positionOf(partition, earliest) });
    }
  }

  /** Messages of queues only: what is finished here is committed. */
  acknowledge(): Promise<Acknowledged> {
    return Promise.resolve({ failed: [] });
  }

  release(): void {}

  commit(ledgers: readonly LedgerSave[]): Promise<boolean> {
    const offsets = new Map<number, number>();
    for (const { lane, checkpoint } of ledgers) {
      const place = this.#byLane.get(lane);
      if (checkpoint === undefined || !place) continue;
      place.finish(offsetOf(checkpoint));
      offsets.set(place.partition, offsetOf(checkpoint) + 1);
      this.#next.set(lane, offsetOf(checkpoint) + 1);
    }
    return Promise.resolve(!this.#isLost && (offsets.size === 0 || this.#commits.commit(offsets)));
  }

  event(positions: readonly Position[]): unknown {
    return this.#held.event(positions);
  }

  identifiers(positions: readonly Position[]): ItemIdentifier[] {
    return positions.map((position) => this.#held.identifier(position));
  }

  names(positions: readonly Position[]): string[] {
    return positions.map((position) => this.#held.name(position));
  }

  laneName(lane: string): string {
    return lane;
  }

  failure(positions: readonly Position[], payloadBytes: () => number): TopicBatch | undefined {
    return this.#held.failure(positions, payloadBytes);
  }

  topicMessages(facts: FailureFacts, positions: readonly Position[]): readonly TopicMessage[] {
    return this.#held.topicMessages(facts, positions);
  }

  /** As the group commits it: the offset of the next record to read, and how many that is more than before. */
  checkpoint(lane: string, position: Position): { lane: string; position: number; committed: number } {
    const next = offsetOf(position) + 1;
    return { lane, position: next, committed: next - (this.#next.get(lane) ?? next) };
  }

  /** The iterator age is a metric of shards; Kafka's is the offset lag. */
  lastArrivalMs(): undefined {
    return undefined;
  }

  /** The group has, or will have, a new generation. */
  lost(): void {
    if (this.#isLost || this.#isClosed) return;
    this.#isLost = true;
    this.#commits.end();
    this.#end();
    this.#options.events.regrouped();
  }

  #end(): void {
    this.#want(undefined);
    this.intake.stop();
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#end();
    this.#options.onClose();
    await within(this.#commits.flush(), FLUSH_WITHIN_MS, this.#options.clock);
    this.#commits.end();
  }
}
