/** One queue's scripts and keys, and what is known of its definition; and what the queues of one substrate share. */
import { createHash } from 'node:crypto';
import { NoSuchQueue, type QueueDefinition } from '@millrace/runtime';
import type { QueueScript } from '../scripts/index.ts';
import { type Found, generationOf, Link } from '../substrate/link.ts';
import type { Substrate } from '../substrate/substrate.ts';
import { type QueueKeys, queueKeys } from './keys.ts';

/** A definition as Redis held it when it was last read. */
export interface Known extends Found {
  readonly definition: QueueDefinition;
}

export interface Context extends Substrate {
  readonly newMessageId: () => string;
  readonly link: (name: string) => QueueLink;
}

export class QueueLink extends Link<Known, Context> {
  readonly keys: QueueKeys;

  constructor(name: string, context: Context) {
    super(name, context);
    this.keys = queueKeys(context.prefix, name);
  }

  async load(): Promise<Known | undefined> {
    const [text, revision] = await this.context.runner.read((client) => client.hmget(this.keys.meta, 'def', 'rev'));
    if (!text || !revision) return undefined;
    return { definition: JSON.parse(text), generation: generationOf(revision), revision };
  }

  /** Runs a script of the queue's type as often as it takes: the definition may have changed, or retention had much to do. */
  async ask(
    script: QueueScript,
    argsOf: (known: Known) => (string | number)[],
    once = false,
  ): Promise<readonly unknown[]> {
    for (;;) {
      const known = await this.known();
      const typed = known.definition.fifo ? script.fifo : script.standard;
      const answer = await this.callAs(known, typed, argsOf(known), once);
      if (answer && answer[0] !== 'more') return answer;
    }
  }

  protected missing(): Error {
    return new NoSuchQueue(this.name);
  }

  protected keysOf(): readonly string[] {
    return this.keys.all;
  }
}

/** SHA-256 of a body as hex: its deduplication id where that is made from the content. */
export function hashBody(body: string): string {
  return createHash('sha256').update(body).digest('hex');
}
