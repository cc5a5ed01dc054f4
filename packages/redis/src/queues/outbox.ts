/**
 * The way of messages from one queue to another: dead letters to the dead-letter queue, and out of it again. The script
 * that takes a message out of a queue puts it into an outbox of that queue in the same go. From there it is brought to its
 * target and then cleared, by the process that put it there or by whoever comes next.
 *
 * 1. A message is in a queue or in an outbox, at every moment: nothing is lost when a process ends.
 * 2. Entries of an outbox have numbers that grow, and are brought in order. The target remembers the last number that it
 *    took from an outbox, so that an entry that is brought again, by whomever, is not taken again.
 * 3. An entry whose target is gone waits for a queue of that name.
 */
import { NoSuchQueue } from '@millrace/runtime';
import { clearScript } from '../scripts/clear.ts';
import { decodeStored, originText } from './codec.ts';
import { outboxKey } from './keys.ts';
import type { Known, QueueLink } from './link.ts';
import { deliver, type Entry, entryOf } from './sending.ts';

const ENTRIES_AT_ONCE = 20;

export class Outbox {
  readonly #link: QueueLink;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(link: QueueLink) {
    this.#link = link;
  }

  /** Brings everything that is in the outbox now to where it belongs. */
  flush(): Promise<void> {
    if (!this.#running) {
      this.#running = this.#bringAll().finally(() => {
        this.#running = undefined;
      });
      return this.#running;
    }
    // The one that runs may be past what the caller has just put there.
    this.#next ??= this.#running
      .catch(() => {})
      .then(() => {
        this.#next = undefined;
        return this.flush();
      });
    return this.#next;
  }

  async #bringAll(): Promise<void> {
    const { runner } = this.#link.context;
    const targets = await runner.read((client) => client.smembers(this.#link.keys.outs));
    await Promise.all(targets.map((target) => this.#bring(target)));
  }

  async #bring(target: string): Promise<void> {
    const { context, keys } = this.#link;
    const outbox = outboxKey(keys, target);
    for (;;) {
      const texts = await context.runner.read((client) => client.lrange(outbox, 0, ENTRIES_AT_ONCE - 1));
      const number = texts.at(-1)?.split(' ', 1)[0] ?? '0';
      try {
        if (texts.length > 0) await this.#deliver(target, texts);
      } catch (error) {
        if (error instanceof NoSuchQueue) return;
        throw error;
      }
      const isMoreLeft = await context.runner.insist(clearScript, [keys.outs, outbox], () => [target, number]);
      if (isMoreLeft === 0) return;
    }
  }

  async #deliver(target: string, texts: readonly string[]): Promise<void> {
    const { context } = this.#link;
    const source = await this.#link.known();
    const entriesFor = (known: Known) => texts.map((text) => entryFrom(text, source, known, context.newMessageId));
    await deliver(context.link(target), source.generation, entriesFor);
  }
}

/** An entry is `number kind receives firstReceivedAt age LF` and the message; kind l is a dead letter, m moves as a new one. */
function entryFrom(text: string, source: Known, target: Known, newMessageId: () => string): Entry {
  const cut = text.indexOf('\n');
  const [number = '', kind, receives, first, age = ''] = text.slice(0, cut).split(' ');
  const stored = decodeStored(text.slice(cut + 1), age);
  if (kind === 'm') {
    const { delayMs: _, ...sent } = stored.sent;
    return entryOf(number, newMessageId(), sent, target);
  }
  const { fifo } = target.definition;
  const { messageId, sentAtMs, firstReceivedBeforeMs } = stored;
  const origin = originText({
    sentAtMs,
    enqueuedAtMs: fifo ? undefined : stored.enqueuedAtMs,
    receiveCount: stored.receivedBefore + Number(receives),
    firstReceivedAtMs: firstReceivedBeforeMs ?? (first === '-' ? null : Number(first)),
    sourceArn: source.definition.arn,
  });
  const sent = fifo ? { ...stored.sent, dedupId: messageId } : stored.sent;
  return { number, messageId, sent, delayMs: 0, origin, dedupId: '' };
}
