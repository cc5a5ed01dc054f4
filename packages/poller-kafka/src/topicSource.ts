/** A topic as the source of a mapping: a consumer group whose members are the mapping's pollers. */
import { type KafkaEventContext, kafkaEventContext, topicPartition } from '@millrace/aws-shapes';
import type { Clock, MappingSource, PollerOpening, PollerSource } from '@millrace/runtime';
import type { MappingFact, StartingPosition } from '@millrace/semantics';
import { type Assignment, type TopicClient, TopicUnavailable } from './client.ts';
import { topicLag } from './lag.ts';
import { Place } from './place.ts';
import { Reader } from './reader.ts';
import { watchRemovals } from './removals.ts';
import { type Health, Seat } from './seat.ts';
import { findStarts, readable, type Starts } from './starts.ts';

const AGAIN_MS = 500;
/** How often the number of partitions is looked at; members see it by themselves, too. */
const COUNT_EVERY_MS = 15_000;
export interface TopicSourceOptions {
  readonly client: TopicClient;
  readonly kind: KafkaEventContext['kind'];
  /** The cluster's, MSK only. */
  readonly eventSourceArn?: string | undefined;
  readonly bootstrapServers: readonly string[];
  readonly startingPosition: StartingPosition;
  readonly clock: Clock;
}

/** @throws {TopicUnavailable} when the topic cannot be reached or does not exist */
export async function topicSource(options: TopicSourceOptions): Promise<MappingSource> {
  const { client, kind, eventSourceArn, bootstrapServers } = options;
  const { retentionMs, timestampType, creation } = await client.facts();
  const context = kafkaEventContext({
    kind,
    topic: client.topic,
    bootstrapServers,
    timestampType,
    ...(eventSourceArn !== undefined && { eventSourceArn }),
  });
  const surroundings = { retentionMs, visibilityTimeoutMs: 0, fanOut: false, envelopeBytes: context.envelopeBytes };
  const group = new Group(options, context, creation);
  return {
    surroundings,
    open: (poller, opening) => group.open(poller, opening),
    scopeOf: () => group.scope,
    look: () => group.look(),
    partitions: () => client.partitions(),
    onPartitions: (heard) => group.onPartitions(heard),
    close: () => group.close(),
  };
}

class Group {
  readonly #options: TopicSourceOptions;
  readonly #context: KafkaEventContext;
  readonly #seats = new Map<string, Seat>();
  readonly #health: Health = new Set();
  readonly #closed = new AbortController();
  /** Of the topic that the mapping began with, and of the one that there was when it was last heard of. */
  readonly #first: string | undefined;
  #creation: string | undefined;

  constructor(options: TopicSourceOptions, context: KafkaEventContext, creation: string | undefined) {
    this.#options = options;
    this.#context = context;
    this.#first = creation;
    this.#creation = creation;
    const { client, clock } = options;
    void watchRemovals({ client, clock, holders: () => this.#readers(), signal: this.#closed.signal });
  }

  #readers(): readonly Reader[] {
    return [...this.#seats.values()].flatMap(({ reader }) => reader ?? []);
  }

  /** All pollers of a mapping share their progress: partitions go from one to the other. Topics of one name do not. */
  get scope(): string {
    return this.#creation === undefined ? 'group' : `group@${this.#creation}`;
  }

  async open(poller: string, opening: PollerOpening): Promise<PollerSource> {
    const seat = this.#seat(poller, opening);
    for (;;) {
      const assignment = await seat.assignment(opening.signal);
      if (!assignment) {
        seat.leftBy(opening.events);
        throw opening.signal.reason;
      }
      this.#creation = assignment.creation;
      if (opening.scope !== undefined && opening.scope !== this.scope) {
        // This progress is another topic's: the poller has to come again.
        opening.events.regrouped();
        await this.#options.clock.until(Number.POSITIVE_INFINITY, opening.signal);
        continue;
      }
      const starts = await this.#starts(seat, assignment, opening);
      if (starts && seat.isCurrent(assignment) && !opening.signal.aborted) {
        return this.#reader(seat, assignment, starts, opening);
      }
    }
  }

  #seat(poller: string, { events }: PollerOpening): Seat {
    const there = this.#seats.get(poller);
    if (there) {
      there.take(events);
      return there;
    }
    const { client, clock } = this.#options;
    const seat = new Seat(client, poller, events, clock, this.#health, () => this.#seats.delete(poller));
    this.#seats.set(poller, seat);
    return seat;
  }

  /** Undefined when it has to be tried again. */
  async #starts(seat: Seat, assignment: Assignment, opening: PollerOpening): Promise<Starts | undefined> {
    const { client, clock, startingPosition } = this.#options;
    const { from, progress, signal } = opening;
    // Of a topic that was made anew while it was read nothing is passed over.
    const isAnew = this.#creation !== this.#first;
    const position = isAnew && startingPosition === 'LATEST' ? 'TRIM_HORIZON' : startingPosition;
    try {
      const starts = await findStarts({
        client,
        member: seat.member,
        assignment,
        position,
        from,
        progress,
        clock,
        signal,
      });
      seat.recovered();
      if (!starts) await clock.until(clock.now() + AGAIN_MS / 10, signal);
      return starts;
    } catch (error) {
      if (!(error instanceof TopicUnavailable)) throw error;
      seat.troubled(error.message);
      await clock.until(clock.now() + AGAIN_MS, signal);
      return undefined;
    }
  }

  #reader(seat: Seat, assignment: Assignment, { assigned, pinned }: Starts, opening: PollerOpening): Reader {
    const { topic } = this.#context;
    const { clock } = this.#options;
    const { events, progress } = opening;
    const places = assigned.map(({ partition, offset }) => {
      return new Place(partition, topicPartition(topic, partition), offset);
    });
    const starts = new Map([...pinned].map(([partition, offset]) => [topicPartition(topic, partition), `${offset}`]));
    for (const { lane, next } of places) starts.set(lane, `${next}`);
    const reader: Reader = new Reader({
      member: seat.member,
      generation: assignment.generation,
      context: this.#context,
      places,
      saved: readable(progress.saved, assigned),
      starts,
      clock,
      events,
      onClose: () => seat.idle(),
      onTroubled: (problem, who) => seat.troubled(problem, who),
      onRecovered: (who) => seat.recovered(who),
    });
    const missed = assigned.reduce((sum, start) => sum + start.missed, 0);
    if (missed > 0) events.missed(missed);
    seat.begin(assignment, reader);
    return reader;
  }

  /** `throttled` is not the source's to know: whoever hands the fact on fills it in. */
  async look(): Promise<MappingFact> {
    const { partitions, lag } = await topicLag(this.#options.client);
    return { what: 'lagMeasured', lag: lag.sum, partitions, throttled: false };
  }

  onPartitions(heard: (partitions: number) => void): () => void {
    const over = new AbortController();
    void this.#count(heard, AbortSignal.any([over.signal, this.#closed.signal]));
    return () => over.abort();
  }

  async #count(heard: (partitions: number) => void, signal: AbortSignal): Promise<void> {
    const { client, clock } = this.#options;
    let known: number | undefined;
    while (!signal.aborted) {
      const partitions = await client.partitions().catch(() => undefined);
      if (signal.aborted) return;
      if (partitions !== undefined) {
        if (known !== undefined && partitions > known) heard(partitions);
        known = partitions;
      }
      await clock.until(clock.now() + COUNT_EVERY_MS, signal);
    }
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await Promise.all([...this.#seats.values()].map((seat) => seat.leave()));
    await this.#options.client.close();
  }
}
