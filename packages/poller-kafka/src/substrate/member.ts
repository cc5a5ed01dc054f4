/**
 * A member of a consumer group of the substrate.
 *
 * 1. It is heard of three times within its session. A generation ends when the substrate says that there is a new one, or
 *    when nothing was heard from the substrate for a session: others have its partitions by then.
 * 2. A generation is of one creation of the topic: nothing of another is read or committed in it.
 */
import {
  type Clock,
  type Membership,
  OtherTopic,
  type PartitionAsk,
  type Topic,
  type TopicGroup,
} from '@millrace/runtime';
import { causeText } from '@millrace/semantics';
import type { GroupMember, MemberEvents, Taker } from '../client.ts';
import { TopicUnavailable } from '../client.ts';
import { TextPolled } from '../polled.ts';

const LONG_POLL_MS = 10_000;
const LIMIT = { maxRecords: 2_000, maxBytes: 4 << 20, waitMs: LONG_POLL_MS };
const AGAIN_MS = 250;

export interface SubstrateMemberOptions {
  readonly topic: Topic;
  readonly group: TopicGroup;
  readonly memberId: string;
  readonly sessionMs: number;
  readonly clock: Clock;
  readonly events: MemberEvents;
}

export class SubstrateMember implements GroupMember {
  readonly #options: SubstrateMemberOptions;
  readonly #left = new AbortController();
  readonly #beating: Promise<void>;
  /** Ours: it grows with every assignment that is lost. */
  #generation = 0;
  #membership: Membership | undefined;
  #heardMs: number;
  #reading: AbortController | undefined;
  #taker: Taker | undefined;
  readonly #paused = new Set<number>();
  /** Which partition is the first of the next read. */
  #first = 0;
  /** Ends the wait for the next heartbeat; also when the member leaves. */
  #soon = new AbortController();
  /** Ends the wait of a read whose partitions are others now, or that nobody wants any more. */
  #turn = new AbortController();

  constructor(options: SubstrateMemberOptions) {
    this.#options = options;
    this.#heardMs = options.clock.now();
    this.#beating = this.#beat();
  }

  async #beat(): Promise<void> {
    const { clock, sessionMs, events } = this.#options;
    const { signal } = this.#left;
    while (!signal.aborted) {
      const askedMs = clock.now();
      const isHeard = await this.#join().catch((error: unknown) => {
        if (clock.now() - this.#heardMs >= sessionMs) this.#lose();
        if (!signal.aborted) events.troubled(causeText(error));
        return false;
      });
      if (isHeard) this.#heardMs = askedMs;
      if (signal.aborted) return;
      this.#soon = new AbortController();
      await clock.until(clock.now() + (isHeard ? sessionMs / 3 : AGAIN_MS), this.#soon.signal);
    }
  }

  async #join(): Promise<boolean> {
    const { group, memberId, sessionMs, events } = this.#options;
    const membership = await group.join(memberId, sessionMs);
    if (this.#left.signal.aborted) return true;
    events.recovered();
    const { creation, generation, partitions } = membership;
    if (creation === this.#membership?.creation && generation === this.#membership.generation) return true;
    this.#lose();
    this.#membership = membership;
    events.assigned({ generation: this.#generation, partitions, creation });
    return true;
  }

  #lose(): void {
    if (!this.#membership) return;
    this.#generation += 1;
    this.#membership = undefined;
    this.rest();
    this.#options.events.lost();
  }

  read(generation: number, taker: Taker): void {
    if (generation !== this.#generation || !this.#membership) return;
    this.rest();
    this.#taker = taker;
    const reading = new AbortController();
    this.#reading = reading;
    void this.#read(taker, this.#membership.creation, reading.signal);
  }

  rest(): void {
    this.#taker = undefined;
    this.#reading?.abort();
    this.#reading = undefined;
    this.#paused.clear();
    this.#turn.abort();
  }

  pause(partition: number): void {
    if (this.#taker) this.#paused.add(partition);
  }

  resume(partition: number): void {
    if (this.#paused.delete(partition)) this.#turn.abort();
  }

  async #read(taker: Taker, creation: string, signal: AbortSignal): Promise<void> {
    const { clock, events } = this.#options;
    while (!signal.aborted) {
      await taker.room();
      if (signal.aborted) return;
      try {
        await this.#readOnce(taker, creation, signal);
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof OtherTopic) this.#soon.abort();
        else events.troubled(causeText(error));
        await clock.until(clock.now() + AGAIN_MS, signal);
      }
    }
  }

  async #readOnce(taker: Taker, creation: string, signal: AbortSignal): Promise<void> {
    const { topic, clock } = this.#options;
    const asks: PartitionAsk[] = [];
    for (const partition of taker.lanes.keys()) {
      const fromOffset = taker.next(partition);
      if (fromOffset !== undefined && !this.#paused.has(partition)) asks.push({ partition, fromOffset });
    }
    this.#turn = new AbortController();
    const { signal: waiting } = this.#turn;
    if (asks.length === 0) {
      await clock.until(clock.now() + LONG_POLL_MS, waiting);
      return;
    }
    const receipts = await topic.read(this.#inTurn(asks), { ...LIMIT, creation, signal: waiting });
    if (signal.aborted) return;
    for (const { partition, records, nextOffset, missed } of receipts) {
      if (missed > 0) taker.overtaken(partition, records[0]?.index ?? nextOffset);
      const origin = { context: taker.context, lane: taker.lanes.get(partition) ?? '', partition };
      taker.take(
        partition,
        records.map((placed) => new TextPolled(origin, placed)),
      );
    }
  }

  /** A read takes from the first partitions until it has enough: each is the first in its turn. */
  #inTurn(asks: readonly PartitionAsk[]): readonly PartitionAsk[] {
    this.#first = (this.#first + 1) % asks.length;
    return [...asks.slice(this.#first), ...asks.slice(0, this.#first)];
  }

  async commit(generation: number, offsets: ReadonlyMap<number, number>): Promise<boolean> {
    const { group, memberId } = this.#options;
    if (generation !== this.#generation || !this.#membership) return false;
    try {
      const { kind } = await group.commit(memberId, this.#membership.generation, offsets);
      if (kind === 'refused' && generation === this.#generation) {
        this.#lose();
        this.#soon.abort();
      }
      return kind === 'committed';
    } catch (error) {
      throw new TopicUnavailable(causeText(error), { cause: error });
    }
  }

  async leave(): Promise<void> {
    this.#left.abort();
    this.#soon.abort();
    this.#lose();
    await this.#beating;
    await this.#options.group.leave(this.#options.memberId).catch(() => {});
  }
}
