/**
 * The queues of a substrate on Redis, shared by every process that uses the same Redis and prefix.
 *
 * 1. A queue is its `meta` key; the registry only helps to list.
 * 2. Every script compares the revision of the definition that its caller knows, so that no process works with an old one.
 */
import { newId, type QueueChange, type QueueDefinition, type Queues } from '@millrace/runtime';
import { changeScript, createScript, removeScript } from '../scripts/lifecycle.ts';
import { revisionAfter } from '../substrate/link.ts';
import { Named } from '../substrate/named.ts';
import { Registry } from '../substrate/registry.ts';
import { openSubstrate, type SubstrateOptions } from '../substrate/substrate.ts';
import { type Context, QueueLink } from './link.ts';
import { RedisQueue } from './redisQueue.ts';

export interface RedisQueuesOptions extends SubstrateOptions {
  /** Makes message ids; random UUIDs when absent. */
  readonly newMessageId?: () => string;
}

/** The queues that live in a Redis. */
export function redisQueues(options: RedisQueuesOptions): Queues {
  return new RedisQueues(options);
}

/** How often a removal brings out what is in the outboxes before it gives that up: then its targets are gone. */
const REMOVE_ATTEMPTS = 3;

class RedisQueues implements Queues {
  readonly #context: Context;
  readonly #registry: Registry;
  readonly #links = new Named((name) => new QueueLink(name, this.#context));
  readonly #queues = new Named((name) => new RedisQueue(this.#links.get(name)));
  #recovered: Promise<void> | undefined;

  constructor({ newMessageId = newId, ...options }: RedisQueuesOptions) {
    this.#context = { ...openSubstrate(options), newMessageId, link: (name) => this.#links.get(name) };
    this.#registry = new Registry(this.#context, 'queues');
  }

  async create(definition: QueueDefinition) {
    const link = this.#links.get(definition.name);
    return this.#registry.create(link, (generation) => {
      const args = [JSON.stringify(definition), `${generation}.0`];
      return this.#context.runner.insist(createScript, [link.keys.meta], () => args);
    });
  }

  async find(name: string): Promise<QueueDefinition | undefined> {
    return (await this.#links.get(name).load())?.definition;
  }

  list(prefix: string): Promise<string[]> {
    return this.#registry.list(prefix, (name) => this.#links.get(name).load());
  }

  async change(name: string, change: QueueChange): Promise<QueueDefinition | undefined> {
    const link = this.#links.get(name);
    for (;;) {
      const known = await link.load();
      if (!known) return undefined;
      const definition = changed(known.definition, change);
      const args = [known.revision, JSON.stringify(definition), revisionAfter(known)];
      const done = await this.#context.runner.insist(changeScript, [link.keys.meta], () => args);
      link.forget();
      if (done === 1) return definition;
    }
  }

  async remove(name: string): Promise<boolean> {
    const link = this.#links.get(name);
    let attempts = 0;
    return this.#registry.remove(link, async ({ revision }) => {
      attempts++;
      await this.open(name).outbox.flush();
      const args = [revision, attempts >= REMOVE_ATTEMPTS ? '1' : '0'];
      return (await this.#context.runner.insist(removeScript, link.keys.all, () => args)) === 'removed';
    });
  }

  open(name: string): RedisQueue {
    this.#recovered ??= this.#recover().catch(() => {});
    return this.#queues.get(name);
  }

  async close(): Promise<void> {
    for (const queue of this.#queues.all()) queue.end();
    this.#context.close();
  }

  /** Messages may have been on their way between two queues when an earlier process ended. */
  async #recover(): Promise<void> {
    for (const name of await this.#registry.names('')) {
      const { outs } = this.#links.get(name).keys;
      const waiting = await this.#context.runner.read((client) => client.scard(outs));
      if (waiting > 0) await this.open(name).outbox.flush();
    }
  }
}

function changed(definition: QueueDefinition, { redrive, ...rest }: QueueChange): QueueDefinition {
  const { redrive: before, ...kept } = { ...definition, ...rest };
  const after = redrive === undefined ? before : redrive;
  return after ? { ...kept, redrive: after } : kept;
}
