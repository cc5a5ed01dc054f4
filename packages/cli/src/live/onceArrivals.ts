/** Sends arrivals to their sources, and says so in the trace as virtual time does. */
import type { RuleId, SentMessage } from '@millrace/semantics';
import { isQueue, type QueueSourcePlan } from '@millrace/simulation';
import type { OnceBook } from './onceBook.ts';
import type { Due } from './onceFeed.ts';
import type { Arrived, PlayedSource } from './oncePlayed.ts';

export interface ArrivalParts {
  readonly book: OnceBook;
  /** By the index of their source. */
  readonly sources: ReadonlyMap<number, PlayedSource>;
  readonly startMs: number;
  now(): number;
}

export class OnceArrivals {
  readonly #parts: ArrivalParts;

  constructor(parts: ArrivalParts) {
    this.#parts = parts;
  }

  /** Everything of one source in one call; sources beside each other. */
  async send(due: readonly Due[]): Promise<void> {
    const bySource = new Map<number, Due[]>();
    for (const one of due) {
      const some = bySource.get(one.arrival.source);
      if (some) some.push(one);
      else bySource.set(one.arrival.source, [one]);
    }
    await this.#parts.book.sending(async () => {
      await Promise.all([...bySource].map(([source, some]) => this.#sendTo(source, some)));
    });
  }

  async #sendTo(index: number, some: readonly Due[]): Promise<void> {
    const { sources, now } = this.#parts;
    const played = sources.get(index);
    if (!played) throw new RangeError(`there is no source ${index}`);
    const at = now();
    const outcomes = await played.send(some.map(({ arrival }) => arrival.payload));
    if (isQueue(played.source)) this.#queued(played.source, some, outcomes, at);
    else this.#placed(played.source.name, some, outcomes, at);
  }

  #queued(source: QueueSourcePlan, some: readonly Due[], outcomes: readonly Arrived[], at: number): void {
    const { book } = this.#parts;
    const { name, type } = source;
    const messages = some.map(({ arrival }) => arrival.payload as SentMessage);
    const keys = messages.map(({ groupId }) => groupId ?? '');
    const records = some.map(({ id }) => id);
    book.say({ at, what: 'arrived', records, data: { source: name, keys, fifo: type === 'sqs-fifo' } });
    for (const [place, outcome] of outcomes.entries()) {
      const record = records[place] ?? '';
      if (!outcome.deduplicated) book.arrived(name, record, outcome.name, at, messages[place]?.groupId);
      this.#note(record, outcome, messages[place]?.delayMs ?? source.delayMs, at);
    }
  }

  /** Streams and topics say where each record went, and what it may not overtake. */
  #placed(source: string, some: readonly Due[], outcomes: readonly Arrived[], at: number): void {
    const { book } = this.#parts;
    const records = some.map(({ id }) => id);
    const keys = outcomes.map(({ key = '' }) => key);
    const places = outcomes.map(({ place = '' }) => place);
    book.say({ at, what: 'arrived', records, data: { source, keys, places } });
    for (const [index, { name }] of outcomes.entries()) book.arrived(source, records[index] ?? '', name, at);
  }

  /** What a queue makes of a message at once. */
  #note(record: string, { deduplicated, name: messageId }: Arrived, delayMs: number, at: number): void {
    const say = (rule: RuleId, data: Readonly<Record<string, unknown>>) =>
      this.#parts.book.say({ at, what: 'arrived', records: [record], rule, data });
    if (deduplicated) say('sqs.fifo-deduplicated', { fate: 'deduplicated', messageId });
    else if (delayMs > 0) {
      say('sqs.delayed-before-first-receive', { visibleAtMs: at + delayMs - this.#parts.startMs });
    }
  }
}
