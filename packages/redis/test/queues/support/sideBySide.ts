/**
 * Two substrates that are given the same commands at the same times. Message ids are made up by each side, so they are
 * compared by the order in which they were first seen; receipt handles by what can be done with them.
 */

import { hash } from 'node:crypto';
import type { Queue, QueueChange, QueueDefinition, Queues } from '@millrace/runtime';
import type { ReceivedMessage, StoredMessage } from '@millrace/semantics';
import type { HandClock } from '../../support/handClock.ts';

/** What a random run may do, as plain data that a failure can print. */
export type Command = Readonly<
  | { do: 'send'; on: Which; groups: readonly string[]; delayMs?: number | undefined; dedup?: string | undefined }
  | { do: 'receive'; on: Which; max: number; visibilityMs?: number | undefined }
  | { do: 'delete' | 'change'; picks: readonly number[]; visibilityMs: number }
  | { do: 'count' | 'peek' | 'purge'; on: Which }
  | { do: 'move'; back: boolean; max: number }
  | { do: 'define'; on: Which; change: QueueChange }
  | { do: 'wait'; forMs: number }
>;

/** The queue itself, or its dead-letter queue. */
export type Which = 'main' | 'dead';

interface Held {
  readonly on: Which;
  readonly model: string;
  readonly redis: string;
}

export class SideBySide {
  readonly #clock: HandClock;
  readonly #model: Side;
  readonly #redis: Side;
  readonly #held: Held[] = [];
  #sent = 0;

  constructor(clock: HandClock, model: Queues, redis: Queues, definitions: Readonly<Record<Which, QueueDefinition>>) {
    this.#clock = clock;
    this.#model = new Side(model, definitions);
    this.#redis = new Side(redis, definitions);
  }

  async create(): Promise<void> {
    await this.#model.create();
    await this.#redis.create();
  }

  /** Carries out a command on both sides; answers what each said. */
  async run(command: Command): Promise<{ readonly model: unknown; readonly redis: unknown }> {
    if (command.do === 'wait') {
      this.#clock.forward(command.forMs);
      return { model: undefined, redis: undefined };
    }
    const first = this.#sent;
    if (command.do === 'send') this.#sent += command.groups.length;
    const picked = 'picks' in command ? command.picks.map((pick) => this.#pick(pick)) : [];
    const on = picked[0]?.on ?? 'main';
    // In the model, which makes them of the message id alone, a handle would name its message on the other queue too.
    const handles = (side: 'model' | 'redis') => picked.map((held) => (held?.on === on ? held[side] : 'none#1'));
    const model = await this.#model.run(command, on, handles('model'), first);
    const redis = await this.#redis.run(command, on, handles('redis'), first);
    if (command.do === 'receive') this.#hold(command.on, model, redis);
    return { model: this.#model.named(model), redis: this.#redis.named(redis) };
  }

  #pick(pick: number): Held | undefined {
    // Recent handles are the interesting ones, old ones must not hurt.
    return this.#held.at(-1 - (pick % Math.max(1, Math.min(this.#held.length, 12))));
  }

  #hold(on: Which, model: unknown, redis: unknown): void {
    const [models, others] = [handlesOf(model), handlesOf(redis)];
    for (let index = 0; index < Math.min(models.length, others.length); index++) {
      this.#held.push({ on, model: models[index]!, redis: others[index]! });
    }
  }
}

class Side {
  readonly #queues: Queues;
  readonly #definitions: Readonly<Record<Which, QueueDefinition>>;
  readonly #open: Readonly<Record<Which, Queue>>;
  readonly #names = new Map<string, string>();

  constructor(queues: Queues, definitions: Readonly<Record<Which, QueueDefinition>>) {
    this.#queues = queues;
    this.#definitions = definitions;
    this.#open = { main: queues.open(definitions.main.name), dead: queues.open(definitions.dead.name) };
  }

  async create(): Promise<void> {
    await this.#queues.create(this.#definitions.main);
    await this.#queues.create(this.#definitions.dead);
  }

  async run(command: Command, handlesOn: Which, handles: readonly string[], sentBefore: number): Promise<unknown> {
    switch (command.do) {
      case 'send':
        return this.#open[command.on].send(
          command.groups.map((group, index) =>
            message(command, group, sentBefore + index, this.#definitions[command.on].fifo),
          ),
        );
      case 'receive':
        return this.#open[command.on].receive({ max: command.max, visibilityMs: command.visibilityMs });
      case 'delete':
        return this.#open[handlesOn].delete(handles);
      case 'change':
        return this.#open[handlesOn].changeVisibility(
          handles.map((receiptHandle) => ({ receiptHandle, visibilityMs: command.visibilityMs })),
        );
      case 'count':
        return this.#open[command.on].counts();
      case 'peek':
        // The order is left to the adapter: messages of one age may come either way.
        return byBody(await this.#open[command.on].peek(1000));
      case 'purge':
        return this.#open[command.on].purge();
      case 'move':
        return this.#open.dead.moveTo(command.back ? undefined : this.#definitions.main.name, command.max);
      case 'define':
        return this.#define(this.#definitions[command.on].name, command.change);
      default:
        return undefined;
    }
  }

  /** Both sides end what retention ends before and after: when they do it in between is theirs. */
  async #define(name: string, change: QueueChange): Promise<unknown> {
    const before = await Promise.all([this.#open.main.counts(), this.#open.dead.counts()]);
    const definition = await this.#queues.change(name, change);
    return { before, definition, after: await Promise.all([this.#open.main.counts(), this.#open.dead.counts()]) };
  }

  /** An answer with made-up names for what this side made up. */
  named(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((each) => this.named(each));
    if (typeof value === 'string') return this.#names.get(value) ?? value;
    if (typeof value !== 'object' || value === null) return value;
    const plain: Record<string, unknown> = {};
    for (const [key, each] of Object.entries(value)) {
      if (key === 'messageId') this.#name(each as string);
      // The model leaves it to its reader to make.
      if (key === 'md5OfBody' && each === hash('md5', (value as ReceivedMessage).sent.body)) continue;
      if (key === 'receiptHandle') plain[key] = 'a handle';
      else if (key !== 'message') plain[key] = this.named(each);
      // The model's own messages carry what only the model needs.
      else plain[key] = this.named(storedOnly(each as StoredMessage));
    }
    return plain;
  }

  #name(made: string): void {
    if (!this.#names.has(made)) this.#names.set(made, `message ${this.#names.size}`);
  }
}

function byBody(peeked: readonly StoredMessage[]): unknown[] {
  const sorted = [...peeked].sort((one, other) => Number(one.sent.body.slice(1)) - Number(other.sent.body.slice(1)));
  return sorted.map(storedOnly);
}

function storedOnly(message: StoredMessage): StoredMessage {
  const { messageId, sent, sentAtMs, enqueuedAtMs, receiveCount, deadLetterSourceArn } = message;
  return { messageId, sent, sentAtMs, enqueuedAtMs, receiveCount, deadLetterSourceArn };
}

function message(command: Command & { do: 'send' }, group: string, number: number, fifo: boolean) {
  const dedupId = command.dedup === undefined ? {} : { dedupId: command.dedup };
  const delayMs = command.delayMs === undefined ? {} : { delayMs: command.delayMs };
  return { body: `b${number}`, ...(fifo ? { groupId: group, ...dedupId } : delayMs) };
}

function handlesOf(answer: unknown): string[] {
  return (answer as { messages: readonly { receiptHandle: string }[] }).messages.map((each) => each.receiptHandle);
}
