/**
 * The seat of one poller in the consumer group. Its member stays when the poller is opened anew.
 *
 * 1. A seat has at most one reader, which belongs to the assignment that the seat has now.
 * 2. A seat that nobody reads at gives its partitions back after LINGER_MS: whoever is opened anew meanwhile goes on
 *    without a rebalance, and members that are asked to close one after the other do not refuse each other's last commits.
 */
import type { Clock, PollerEvents, Timer } from '@millrace/runtime';
import type { Assignment, GroupMember, TopicClient } from './client.ts';
import type { Reader } from './reader.ts';

const LINGER_MS = 2_000;

/** The members that could not reach the group when they last tried, and readers that could not commit: said once for all. */
export type Health = Set<Seat | Reader>;

export class Seat {
  readonly member: GroupMember;
  readonly #clock: Clock;
  readonly #health: Health;
  readonly #onLeft: () => void;
  #events: PollerEvents;
  #assignment: Assignment | undefined;
  #reader: Reader | undefined;
  #heard: (() => void)[] = [];
  #linger: Timer | undefined;
  #left: Promise<void> | undefined;

  constructor(
    client: TopicClient,
    name: string,
    events: PollerEvents,
    clock: Clock,
    health: Health,
    onLeft: () => void,
  ) {
    this.#clock = clock;
    this.#events = events;
    this.#health = health;
    this.#onLeft = onLeft;
    this.member = client.join(name, {
      assigned: (assignment) => this.#assigned(assignment),
      lost: () => this.#lost(),
      troubled: (problem) => this.troubled(problem),
      recovered: () => this.recovered(),
    });
  }

  /** A poller is opened here, again or for the first time. */
  take(events: PollerEvents): void {
    this.#events = events;
    void this.#reader?.close();
    this.#linger?.cancel();
    this.#linger = undefined;
  }

  /** Undefined when nobody waits any more. */
  async assignment(signal: AbortSignal): Promise<Assignment | undefined> {
    while (!this.#assignment && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const heard = () => {
          signal.removeEventListener('abort', heard);
          resolve();
        };
        this.#heard.push(heard);
        signal.addEventListener('abort', heard, { once: true });
      });
    }
    return signal.aborted ? undefined : this.#assignment;
  }

  get reader(): Reader | undefined {
    return this.#reader;
  }

  isCurrent(assignment: Assignment): boolean {
    return this.#assignment === assignment;
  }

  begin(assignment: Assignment, reader: Reader): void {
    this.#reader = reader;
    this.member.read(assignment.generation, reader.intake);
  }

  /** Whoever waited here for partitions does so no longer; somebody else may have taken the seat since. */
  leftBy(events: PollerEvents): void {
    if (this.#events === events) this.idle();
  }

  /** Nobody reads here for now. */
  idle(): void {
    this.member.rest();
    this.#reader = undefined;
    this.#linger ??= this.#clock.at(this.#clock.now() + LINGER_MS, () => void this.leave());
  }

  leave(): Promise<void> {
    this.#linger?.cancel();
    if (!this.#left) {
      this.#onLeft();
      this.#health.delete(this);
      this.#left = this.member.leave();
    }
    return this.#left;
  }

  troubled(problem: string, who: Seat | Reader = this): void {
    const isNew = this.#health.size === 0;
    this.#health.add(who);
    if (isNew) this.#events.troubled(problem);
  }

  recovered(who: Seat | Reader = this): void {
    if (this.#health.delete(who) && this.#health.size === 0) this.#events.recovered();
  }

  #assigned(assignment: Assignment): void {
    this.#assignment = assignment;
    const heard = this.#heard;
    this.#heard = [];
    for (const resolve of heard) resolve();
  }

  #lost(): void {
    this.#assignment = undefined;
    this.#reader?.lost();
  }
}
