/**
 * The queues of one process, in memory: the models of `semantics/sources` behind the port. For tests, and for whoever
 * needs no second process; nothing outlives the process.
 */
import { createHash } from 'node:crypto';
import {
  acceptDeadLetter,
  acceptMoved,
  countQueue,
  type DeadLetter,
  firstReceivable,
  type QueueTools,
  takeForMove,
} from '@millrace/semantics';
import { type Clock, newId, systemClock } from '../clock.ts';
import {
  NoSuchQueue,
  type Queue,
  type QueueChange,
  type QueueDefinition,
  type Queues,
  queueNameOf,
} from '../ports/queue.ts';
import { MemoryQueue, type Surroundings } from './queue.ts';

export interface MemoryQueuesOptions {
  /** The system's own when absent. */
  readonly clock?: Clock;
  /** Makes message ids; random UUIDs when absent. */
  readonly newId?: () => string;
}

/** An empty substrate in memory. */
export function memoryQueues(options: MemoryQueuesOptions = {}): Queues {
  return new MemoryQueues(options.clock ?? systemClock, options.newId ?? newId);
}

class MemoryQueues implements Queues, Surroundings {
  readonly clock: Clock;
  readonly tools: QueueTools;
  readonly #queues = new Map<string, MemoryQueue>();

  constructor(clock: Clock, newMessageId: () => string) {
    this.clock = clock;
    this.tools = { newMessageId, hashBody: (body) => createHash('sha256').update(body).digest('hex') };
  }

  async create(definition: QueueDefinition) {
    const there = this.#queues.get(definition.name);
    if (there) return { created: false, definition: there.current };
    this.#queues.set(definition.name, new MemoryQueue(definition, this));
    return { created: true, definition };
  }

  async find(name: string): Promise<QueueDefinition | undefined> {
    return this.#queues.get(name)?.current;
  }

  async list(prefix: string): Promise<string[]> {
    return [...this.#queues.keys()].filter((name) => name.startsWith(prefix)).sort();
  }

  async change(name: string, change: QueueChange): Promise<QueueDefinition | undefined> {
    const queue = this.#queues.get(name);
    if (queue) queue.current = changed(queue.current, change);
    return queue?.current;
  }

  async remove(name: string): Promise<boolean> {
    const queue = this.#queues.get(name);
    this.#queues.delete(name);
    queue?.end(true);
    return queue !== undefined;
  }

  open(name: string): Queue {
    return new OpenQueue(() => {
      const queue = this.#queues.get(name);
      if (!queue) throw new NoSuchQueue(name);
      return queue;
    });
  }

  async close(): Promise<void> {
    for (const queue of this.#queues.values()) queue.end(false);
  }

  has(arn: string): boolean {
    return this.#queues.has(queueNameOf(arn));
  }

  deliver(targetArn: string, letters: readonly DeadLetter[]): void {
    const target = this.#queues.get(queueNameOf(targetArn));
    if (!target) throw new NoSuchQueue(queueNameOf(targetArn));
    for (const letter of letters) acceptDeadLetter(target.state, letter, this.clock.now());
    target.serve();
  }

  move(from: MemoryQueue, targetName: string | undefined, max: number): number {
    const nowMs = this.clock.now();
    if (targetName !== undefined && !this.#queues.has(targetName)) throw new NoSuchQueue(targetName);
    const targets = new Set<MemoryQueue>();
    let moved = 0;
    // Before it is taken it must be known where it goes, so that nothing is ever on no queue.
    for (; moved < max; moved++) {
      const target = this.#targetOf(from, targetName, nowMs);
      const message = target && takeForMove(from.state, 1, nowMs)[0];
      if (!message) break;
      acceptMoved(target.state, message, nowMs, this.tools);
      targets.add(target);
    }
    for (const target of targets) target.serve();
    from.serve();
    return moved;
  }

  #targetOf(from: MemoryQueue, targetName: string | undefined, nowMs: number): MemoryQueue | undefined {
    countQueue(from.state, nowMs);
    const sourceArn = firstReceivable(from.state)?.deadLetterSourceArn;
    const name = targetName ?? (sourceArn ? queueNameOf(sourceArn) : '');
    const target = this.#queues.get(name);
    // A queue of the other type would refuse it.
    return target?.current.fifo === from.current.fifo ? target : undefined;
  }
}

/** A queue by its name: whoever holds it finds the queue of that name, also when it was removed and made anew. */
class OpenQueue implements Queue {
  readonly #queue: () => MemoryQueue;

  constructor(queue: () => MemoryQueue) {
    this.#queue = queue;
  }

  definition: Queue['definition'] = async () => this.#queue().definition();
  send: Queue['send'] = async (messages) => this.#queue().send(messages);
  receive: Queue['receive'] = async (ask) => this.#queue().receive(ask);
  delete: Queue['delete'] = async (receiptHandles) => this.#queue().delete(receiptHandles);
  changeVisibility: Queue['changeVisibility'] = async (changes) => this.#queue().changeVisibility(changes);
  purge: Queue['purge'] = async () => this.#queue().purge();
  counts: Queue['counts'] = async () => this.#queue().counts();
  peek: Queue['peek'] = async (max) => this.#queue().peek(max);
  moveTo: Queue['moveTo'] = async (target, max) => this.#queue().moveTo(target, max);
}

function changed(definition: QueueDefinition, { redrive, ...rest }: QueueChange): QueueDefinition {
  const { redrive: before, ...kept } = { ...definition, ...rest };
  const after = redrive === undefined ? before : redrive;
  return after ? { ...kept, redrive: after } : kept;
}
