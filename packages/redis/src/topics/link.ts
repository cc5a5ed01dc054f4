/** What the topics of one substrate share, and one topic's scripts and keys. */
import { type Clock, NoSuchTopic, type TopicDefinition } from '@millrace/runtime';
import type { ScriptRunner } from '../connection.ts';
import type { Wakeups } from '../queues/wakeups.ts';
import type { Script } from '../scripts/script.ts';
import { baseKey, metaKey } from './keys.ts';

/** A topic as Redis held it when it was last read. */
export interface Known {
  readonly definition: TopicDefinition;
  /** No other topic of that name ever had it. */
  readonly generation: string;
  /** What its keys begin with. */
  readonly base: string;
}

export interface Context {
  readonly runner: ScriptRunner;
  readonly prefix: string;
  readonly clock: Clock;
  readonly wakeups: Wakeups;
  /** Milliseconds for the scripts, or '' when they shall ask Redis. */
  timeText(): string;
}

export class TopicLink {
  readonly name: string;
  readonly meta: string;
  readonly context: Context;
  #known: Promise<Known> | undefined;

  constructor(name: string, context: Context) {
    this.name = name;
    this.context = context;
    this.meta = metaKey(context.prefix, name);
  }

  /** What was last known; it may be out of date, which every script notices. @throws {NoSuchTopic} */
  known(): Promise<Known> {
    this.#known ??= this.load().then(
      (found) => {
        if (found) return found;
        this.forget();
        throw new NoSuchTopic(this.name);
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

  async load(): Promise<Known | undefined> {
    const [text, generation] = await this.context.runner.read((client) => client.hmget(this.meta, 'def', 'gen'));
    return text && generation ? this.knownFrom(text, generation) : undefined;
  }

  knownFrom(text: string, generation: string): Known {
    return { definition: JSON.parse(text), generation, base: baseKey(this.context.prefix, this.name, generation) };
  }

  /**
   * Runs a script of this topic; again, when it was made anew since.
   * `once`: a lost connection is an error, because the script may not run twice.
   */
  async call(script: Script, argsOf: (known: Known) => readonly (string | number)[], once = false): Promise<Answer> {
    for (;;) {
      const known = await this.known();
      const answer = await this.run(known, script, argsOf(known), once);
      if (answer) return { known, answer };
    }
  }

  /** Undefined: the topic that was known is no more. */
  async run(
    { definition, generation, base }: Known,
    script: Script,
    own: readonly (string | number)[],
    once = false,
  ): Promise<readonly string[] | undefined> {
    const { runner, timeText } = this.context;
    const args = () => [generation, timeText(), definition.retentionMs, ...own];
    const keys = [this.meta, base];
    const answer = await (once ? runner.run(script, keys, args()) : runner.insist(script, keys, args));
    if ((answer as string[])[0] !== 'stale') return checked(answer as string[]);
    this.forget();
    return undefined;
  }
}

export interface Answer {
  readonly known: Known;
  readonly answer: readonly string[];
}

export function noSuchPartition(partition: number | string, partitions: number | string): RangeError {
  return new RangeError(`Partition ${partition} does not exist; the topic has ${partitions}.`);
}

function checked(answer: readonly string[]): readonly string[] {
  if (answer[0] === 'range') throw noSuchPartition(answer[1]!, answer[2]!);
  return answer;
}
