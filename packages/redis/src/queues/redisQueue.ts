/** One queue on Redis, by its name: whoever holds it finds the queue of that name, also when it was made anew. */
import {
  type Deleted,
  NoSuchQueue,
  type Queue,
  type QueueDefinition,
  type Receipt,
  type ReceiveAsk,
  type VisibilityChanged,
} from '@millrace/runtime';
import {
  MAX_RECEIVE,
  MAX_VISIBILITY_MS,
  type QueueCounts,
  type SendOutcome,
  type SentMessage,
  type StoredMessage,
} from '@millrace/semantics';
import { queueScripts } from '../scripts/index.ts';
import { decodeHandle, decodeStored, storedMessage } from './codec.ts';
import { Deletes, named } from './deleting.ts';
import type { QueueLink } from './link.ts';
import { Outbox } from './outbox.ts';
import { takeNow, undo } from './receiving.ts';
import { sendAll } from './sending.ts';
import { WaitingReceives } from './waiting.ts';

const HANDLES_AT_ONCE = 250;
const MOVED_AT_ONCE = 20;
const PEEKED_AT_ONCE = 100;

export class RedisQueue implements Queue {
  readonly outbox: Outbox;
  readonly #link: QueueLink;
  readonly #waiting: WaitingReceives;
  readonly #deletes: Deletes;

  constructor(link: QueueLink) {
    this.#link = link;
    this.outbox = new Outbox(link);
    this.#deletes = new Deletes(link);
    const { clock, wakeups } = link.context;
    this.#waiting = new WaitingReceives({
      clock,
      take: (ask, max) => takeNow(link, this.outbox, ask, max),
      undo: (received) => undo(link, received),
      listen: (woken) => wakeups.listen(link.keys.meta, woken),
    });
  }

  definition(): Promise<QueueDefinition> {
    return this.#link.definition();
  }

  send(messages: readonly SentMessage[]): Promise<SendOutcome[]> {
    return sendAll(this.#link, messages);
  }

  receive(ask: ReceiveAsk): Promise<Receipt> {
    const { waitMs } = ask;
    return waitMs && !ask.signal?.aborted ? this.#waiting.receive(ask, waitMs) : this.#receiveNow(ask);
  }

  delete(receiptHandles: readonly string[]): Promise<Deleted[]> {
    return this.#deletes.delete(receiptHandles);
  }

  async changeVisibility(
    changes: readonly { readonly receiptHandle: string; readonly visibilityMs: number }[],
  ): Promise<VisibilityChanged[]> {
    const outcomes: VisibilityChanged[] = [];
    for (let from = 0; from < changes.length; from += HANDLES_AT_ONCE) {
      const some = changes.slice(from, from + HANDLES_AT_ONCE);
      const [, ...answers] = await this.#link.ask(queueScripts.visibility, (known) => [
        MAX_VISIBILITY_MS,
        ...some.flatMap((each) => [...named(decodeHandle(each.receiptHandle), known), each.visibilityMs]),
      ]);
      for (const answer of answers as string[]) outcomes.push(changedAs(answer));
    }
    return outcomes;
  }

  async purge(): Promise<number> {
    const [, count] = await this.#link.ask(queueScripts.purge, () => []);
    return count as number;
  }

  async counts(): Promise<QueueCounts> {
    const answer = (await this.#link.ask(queueScripts.count, () => [])) as [
      string,
      number,
      number,
      number,
      number,
      number,
    ];
    const [, visible, inFlight, delayed, activeGroups, outbox] = answer;
    if (outbox === 1) this.outbox.flush().catch(() => {});
    return { visible, inFlight, delayed, activeGroups };
  }

  async peek(max: number): Promise<StoredMessage[]> {
    const found: StoredMessage[] = [];
    for (;;) {
      const asked = Math.min(PEEKED_AT_ONCE, max - found.length);
      if (asked <= 0) return found;
      const [, ...parts] = await this.#link.ask(queueScripts.peek, () => [found.length, asked]);
      const texts = parts as string[];
      for (let at = 0; at < texts.length; at += 3) {
        found.push(storedMessage(decodeStored(texts[at + 2]!, texts[at + 1]!), texts[at]!));
      }
      if (texts.length < 3 * asked) return found;
    }
  }

  async moveTo(target: string | undefined, max: number): Promise<number> {
    const open = new Map<string, boolean>();
    if (target !== undefined) {
      if (!(await this.#link.context.link(target).load())) throw new NoSuchQueue(target);
    }
    for (let moved = 0; ; ) {
      const asked = Math.min(max - moved, MOVED_AT_ONCE);
      if (asked <= 0) return moved;
      const can = [...open].filter(([, isOpen]) => isOpen).map(([name]) => name);
      const [, taken, stopped] = await this.#link.ask(queueScripts.take, () => [asked, target ?? '', ...can]);
      moved += taken as number;
      if ((taken as number) > 0) await this.outbox.flush();
      if (stopped === '' && (taken as number) < asked) return moved;
      if (stopped !== '' && !(await this.#opens(stopped as string, open))) return moved;
    }
  }

  /** Ends all waiting with empty hands. */
  end(): void {
    this.#waiting.end();
  }

  async #receiveNow(ask: ReceiveAsk): Promise<Receipt> {
    if (ask.signal?.aborted) return { messages: [], deadLettered: [] };
    const { received, deadLettered: letters } = await takeNow(
      this.#link,
      this.outbox,
      ask,
      Math.min(ask.max, MAX_RECEIVE),
    );
    if (letters.length > 0) ask.onDeadLetters?.(letters);
    const deadLettered = ask.onDeadLetters ? [] : letters;
    if (!ask.signal?.aborted) return { messages: received.map(({ message }) => message), deadLettered };
    await undo(this.#link, received);
    return { messages: [], deadLettered };
  }

  /** Whether a queue can take what is moved: there, and of the same type; asked once of each. */
  async #opens(name: string, open: Map<string, boolean>): Promise<boolean> {
    if (open.has(name)) return false;
    const [own, target] = await Promise.all([this.#link.known(), this.#link.context.link(name).load()]);
    const isOpen = target?.definition.fifo === own.definition.fifo;
    open.set(name, isOpen);
    return isOpen;
  }
}

function changedAs(answer: string): VisibilityChanged {
  const because = ({ g: 'gone', n: 'not-in-flight', b: 'beyond-limit' } as const)[answer];
  return because ? { kind: 'refused', because } : { kind: 'changed', visibleAtMs: Number(answer) };
}
