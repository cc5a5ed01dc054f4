/** One topic's scripts and keys, and what is known of it. */
import { NoSuchTopic, type TopicDefinition } from '@millrace/runtime';
import type { Script } from '../scripts/script.ts';
import { type Found, Link } from '../substrate/link.ts';
import type { Substrate } from '../substrate/substrate.ts';
import { baseKey, metaKey } from './keys.ts';

/** A topic as Redis held it when it was last read. Its definition never changes: its generation is its revision. */
export interface Known extends Found {
  readonly definition: TopicDefinition;
  /** What its keys begin with. */
  readonly base: string;
}

export class TopicLink extends Link<Known, Substrate, string> {
  readonly meta: string;

  constructor(name: string, substrate: Substrate) {
    super(name, substrate);
    this.meta = metaKey(substrate.prefix, name);
  }

  async load(): Promise<Known | undefined> {
    const [text, generation] = await this.context.runner.read((client) => client.hmget(this.meta, 'def', 'gen'));
    if (!text || !generation) return undefined;
    const base = baseKey(this.context.prefix, this.name, generation);
    return { definition: JSON.parse(text), generation, revision: generation, base };
  }

  override async callAs(known: Known, script: Script, own: readonly (string | number)[], once = false) {
    const answer = await super.callAs(known, script, own, once);
    if (answer?.[0] === 'range') throw noSuchPartition(answer[1]!, answer[2]!);
    return answer;
  }

  protected missing(): Error {
    return new NoSuchTopic(this.name);
  }

  protected keysOf({ base }: Known): readonly string[] {
    return [this.meta, base];
  }
}

export function noSuchPartition(partition: number | string, partitions: number | string): RangeError {
  return new RangeError(`Partition ${partition} does not exist; the topic has ${partitions}.`);
}
