/**
 * What a member reads ahead for one poller.
 *
 * 1. No more waits than FULL_RECORDS or FULL_BYTES of partitions that the poller wants, PAUSE_RECORDS or PAUSE_BYTES of each
 *    of the others, and one answer of the brokers beyond. The former hold the member back, the latter are paused: a paused
 *    partition is found again only with the next long poll.
 * 2. After `stop` nothing is taken or given any more.
 */
import type { KafkaEventContext } from '@millrace/aws-shapes';
import type { Millis, Position } from '@millrace/semantics';
import type { GroupMember, Taker } from './client.ts';
import type { Place } from './place.ts';
import type { TopicPolled } from './polled.ts';
import { positionOf } from './position.ts';

const FULL_RECORDS = 2_000;
const FULL_BYTES = 8 << 20;
const PAUSE_RECORDS = 1_000;
const PAUSE_BYTES = 4 << 20;
/** What the poller does not want for longer than this is kept for long. Before, every busy partition is left out now and then. */
const KEPT_MS = 1_000;

export interface IntakeOptions {
  readonly member: GroupMember;
  readonly context: KafkaEventContext;
  readonly places: readonly Place[];
  /** Offsets by partition that the poller waits for. */
  readonly awaited: ReadonlyMap<number, Set<number>>;
  /** There is something to give. */
  readonly onTaken: () => void;
  readonly onMissed: (count: number) => void;
  readonly now: () => Millis;
}

export class Intake implements Taker {
  readonly context: KafkaEventContext;
  readonly lanes: ReadonlyMap<number, string>;
  readonly #options: IntakeOptions;
  readonly #places: readonly Place[];
  readonly #byPartition: ReadonlyMap<number, Place>;
  #trimmed: Position[] = [];
  #except: readonly string[] | undefined;
  /** Where the next answer begins, so that every partition gets its turn. */
  #turn = 0;
  #stopped = false;
  #room: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.context = options.context;
    this.#places = options.places;
    this.#byPartition = new Map(options.places.map((place) => [place.partition, place]));
    this.lanes = new Map(options.places.map(({ partition, lane }) => [partition, lane]));
  }

  next(partition: number): number | undefined {
    return this.#stopped ? undefined : this.#byPartition.get(partition)?.next;
  }

  room(): Promise<void> | undefined {
    if (!this.#isFull()) return undefined;
    if (!this.#room) {
      let resolve = () => {};
      const promise = new Promise<void>((done) => (resolve = done));
      this.#room = { promise, resolve };
    }
    return this.#room.promise;
  }

  #isFull(): boolean {
    if (this.#stopped) return false;
    let [records, bytes] = [0, 0];
    for (const place of this.#places) {
      if (place.excepted) continue;
      records += place.waiting;
      bytes += place.waitingBytes;
    }
    return records >= FULL_RECORDS || bytes >= FULL_BYTES;
  }

  take(partition: number, records: readonly TopicPolled[]): void {
    const place = this.#stopped ? undefined : this.#byPartition.get(partition);
    if (!place || records.length === 0) return;
    const awaited = this.#options.awaited.get(partition);
    if (awaited) for (const { index } of records) awaited.delete(index);
    place.put(records);
    this.#giveUp(place);
    this.#settle();
    this.#pauseOrResume(place);
    if (!place.excepted || this.#trimmed.length > 0) this.#options.onTaken();
  }

  overtaken(partition: number, earliest: number): void {
    const place = this.#stopped ? undefined : this.#byPartition.get(partition);
    if (!place || earliest <= place.next) return;
    this.#options.onMissed(earliest - place.next);
    place.next = earliest;
    this.#giveUp(place);
    if (this.#trimmed.length > 0) this.#options.onTaken();
  }

  /** What was passed and did not come will never be read: retention, compaction, or a transaction has it. */
  #giveUp({ partition, next }: Place): void {
    const awaited = this.#options.awaited.get(partition);
    for (const offset of awaited ?? []) {
      if (offset >= next) continue;
      awaited?.delete(offset);
      this.#trimmed.push(positionOf(partition, offset));
    }
  }

  /** The lanes that the poller does not want now. */
  except(lanes: readonly string[] | undefined): void {
    if (lanes === this.#except) return;
    this.#except = lanes;
    const excepted = new Set(lanes);
    for (const place of this.#places) {
      if (place.excepted === excepted.has(place.lane)) continue;
      place.exceptedSinceMs = place.excepted ? undefined : this.#options.now();
      this.#pauseOrResume(place);
    }
    this.#offerRoom();
  }

  /** Memory is short only while more is read. */
  #settle(): void {
    const sinceMs = this.#options.now() - KEPT_MS;
    for (const place of this.#places) if ((place.exceptedSinceMs ?? sinceMs) < sinceMs) place.settle();
  }

  #pauseOrResume(place: Place): void {
    const isEnough = place.waiting >= PAUSE_RECORDS || place.waitingBytes >= PAUSE_BYTES;
    const pause = place.excepted && (place.paused || isEnough);
    if (pause === place.paused) return;
    place.paused = pause;
    if (pause) this.#options.member.pause(place.partition);
    else this.#options.member.resume(place.partition);
  }

  get hasSomething(): boolean {
    return this.#trimmed.length > 0 || this.#places.some((place) => !place.excepted && place.waiting > 0);
  }

  /** Up to so many records, in their order within each partition. */
  give(max: number): TopicPolled[] {
    const records: TopicPolled[] = [];
    const count = this.#places.length;
    for (let step = 0; step < count && records.length < max; step += 1) {
      const place = this.#places[(this.#turn + step) % count] as Place;
      if (!place.excepted) place.give(max - records.length, records);
    }
    this.#turn = count === 0 ? 0 : (this.#turn + 1) % count;
    this.#offerRoom();
    return records;
  }

  /** What the poller waits for in vain, each once. */
  trimmed(): readonly Position[] {
    const trimmed = this.#trimmed;
    if (trimmed.length > 0) this.#trimmed = [];
    return trimmed;
  }

  stop(): void {
    this.#stopped = true;
    this.#trimmed = [];
    for (const place of this.#places) place.dropWaiting();
    this.#offerRoom();
  }

  #offerRoom(): void {
    if (!this.#room || this.#isFull()) return;
    this.#room.resolve();
    this.#room = undefined;
  }
}
