/** What the queues of one substrate share. */
import { createHash } from 'node:crypto';
import { type Clock, NoSuchQueue, type Queue, type QueueDefinition, type Queues } from '@millrace/runtime';
import type { ScriptRunner } from '../connection.ts';
import type { QueueScript } from '../scripts/index.ts';
import { type QueueKeys, queueKeys } from './keys.ts';
import type { Wakeups } from './wakeups.ts';

/** A definition as Redis held it when it was last read. */
export interface Known {
  readonly definition: QueueDefinition;
  /** Its generation, which no other queue of that name ever had, and a number that grows with each change. */
  readonly revision: string;
  readonly generation: string;
}

export interface Context {
  readonly runner: ScriptRunner;
  readonly prefix: string;
  readonly clock: Clock;
  /** Milliseconds for the scripts, or '' when they shall ask Redis. */
  timeText(): string;
  newMessageId(): string;
  readonly wakeups: Wakeups;
  link(name: string): QueueLink;
  open(name: string): Queue;
  readonly list: Queues['list'];
}

/** One queue's scripts and keys, and what is known of its definition. */
export class QueueLink {
  readonly name: string;
  readonly keys: QueueKeys;
  readonly context: Context;
  #known: Promise<Known> | undefined;

  constructor(name: string, context: Context) {
    this.name = name;
    this.context = context;
    this.keys = queueKeys(context.prefix, name);
  }

  /** What was last known; it may be out of date, which every script notices. @throws {NoSuchQueue} */
  known(): Promise<Known> {
    this.#known ??= this.load().then(
      (found) => {
        if (found) return found;
        this.forget();
        throw new NoSuchQueue(this.name);
      },
      (error) => {
        this.forget();
        throw error;
      },
    );
    return this.#known;
  }

  forget(): void {
    this.#known = undefined;
  }

  /** Reads the definition. */
  async load(): Promise<Known | undefined> {
    const [text, revision] = await this.context.runner.read((client) => client.hmget(this.keys.meta, 'def', 'rev'));
    return text && revision ? knownFrom(text, revision) : undefined;
  }

  /**
   * Runs a script of this queue as often as it takes: the definition may have changed, or retention had much to do.
   * `once`: a lost connection is an error, because the script may not run twice.
   */
  async call(script: QueueScript, argsOf: (known: Known) => (string | number)[], once = false): Promise<unknown[]> {
    const { runner } = this.context;
    for (;;) {
      const known = await this.known();
      const { definition, revision } = known;
      const { timeText } = this.context;
      const args = () => [revision, timeText(), definition.retentionMs, ...own];
      const own = argsOf(known);
      const typed = definition.fifo ? script.fifo : script.standard;
      const answer = await (once
        ? runner.run(typed, this.keys.all, args())
        : runner.insist(typed, this.keys.all, args));
      const [status] = answer as unknown[];
      if (status === 'stale') this.forget();
      else if (status !== 'more') return answer as unknown[];
    }
  }
}

export function knownFrom(text: string, revision: string): Known {
  return { definition: JSON.parse(text), revision, generation: revision.slice(0, revision.indexOf('.')) };
}

/** SHA-256 of a body as hex: its deduplication id where that is made from the content. */
export function hashBody(body: string): string {
  return createHash('sha256').update(body).digest('hex');
}
