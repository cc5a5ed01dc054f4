/** Puts arrivals into their queues, and says so in the trace as virtual time does. */
import type { RuleId, SentMessage } from '@millrace/semantics';
import type { OnceBook } from './onceBook.ts';
import type { Due } from './onceFeed.ts';
import type { Arrived, PlayedQueue } from './onceQueues.ts';

export interface ArrivalParts {
  readonly book: OnceBook;
  /** By the index of their source. */
  readonly queues: ReadonlyMap<number, PlayedQueue>;
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
    const { queues, book, now } = this.#parts;
    const queue = queues.get(index);
    if (!queue) throw new RangeError(`source ${index} takes no messages`);
    const { name, type } = queue.source;
    const messages = some.map(({ arrival }) => arrival.payload as SentMessage);
    const at = now();
    const outcomes = await queue.send(messages);
    const keys = messages.map(({ groupId }) => groupId ?? '');
    const records = some.map(({ id }) => id);
    book.say({ at, what: 'arrived', records, data: { source: name, keys, fifo: type === 'sqs-fifo' } });
    for (const [place, outcome] of outcomes.entries()) {
      const record = records[place] ?? '';
      if (!outcome.deduplicated) book.arrived(name, record, outcome.messageId, at, messages[place]?.groupId);
      this.#note(record, outcome, messages[place]?.delayMs ?? queue.source.delayMs, at);
    }
  }

  /** What a queue makes of a message at once. */
  #note(record: string, { deduplicated, messageId }: Arrived, delayMs: number, at: number): void {
    const say = (rule: RuleId, data: Readonly<Record<string, unknown>>) =>
      this.#parts.book.say({ at, what: 'arrived', records: [record], rule, data });
    if (deduplicated) say('sqs.fifo-deduplicated', { fate: 'deduplicated', messageId });
    else if (delayMs > 0) {
      say('sqs.delayed-before-first-receive', { visibleAtMs: at + delayMs - this.#parts.startMs });
    }
  }
}
