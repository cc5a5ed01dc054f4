/** What lies in dead-letter queues, from the lines about messages that came in and went out. */
import type { TraceEvent } from '../trace/event.ts';
import type { QueueMessageResult } from './result.ts';

export class DeadLetterBook {
  readonly #queues = new Map<string, Map<number, QueueMessageResult>>();
  readonly #recordName: (ordinal: number) => string;

  constructor(recordName: (ordinal: number) => string) {
    this.#recordName = recordName;
  }

  observe(event: TraceEvent): void {
    switch (event.what) {
      case 'started':
        for (const name of (event.data?.deadLetterQueues ?? []) as readonly string[]) this.#queue(name);
        break;
      case 'dead-lettered':
        this.#in(event);
        break;
      case 'acknowledged':
      case 'expired':
      case 'removed':
        this.#out(event);
        break;
      default:
        break;
    }
  }

  #queue(name: string): Map<number, QueueMessageResult> {
    const queue = this.#queues.get(name) ?? new Map<number, QueueMessageResult>();
    this.#queues.set(name, queue);
    return queue;
  }

  #in(event: TraceEvent): void {
    const { queue, messageId, body } = event.data ?? {};
    this.#out(event);
    for (const record of event.records ?? []) {
      const message = { messageId: String(messageId), body: String(body), record: this.#recordName(record) };
      if (queue !== undefined) this.#queue(String(queue)).set(record, message);
    }
  }

  #out(event: TraceEvent): void {
    if (this.#queues.size === 0) return;
    for (const record of event.records ?? []) for (const queue of this.#queues.values()) queue.delete(record);
  }

  queues(): Record<string, QueueMessageResult[]> {
    return Object.fromEntries([...this.#queues].map(([name, messages]) => [name, [...messages.values()]]));
  }
}
