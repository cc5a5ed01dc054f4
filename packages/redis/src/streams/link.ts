/** One stream's scripts and keys, and what is known of it; and what the streams of one substrate share. */
import { type Clock, NoSuchStream } from '@millrace/runtime';
import type { ScriptRunner } from '../connection.ts';
import type { Wakeups } from '../queues/wakeups.ts';
import type { Script } from '../scripts/script.ts';
import { type StreamKeys, streamKeys } from './keys.ts';
import { type Known, knownFrom } from './known.ts';

export interface Context {
  readonly runner: ScriptRunner;
  readonly prefix: string;
  readonly clock: Clock;
  /** Milliseconds for the scripts, or '' when they shall ask Redis. */
  timeText(): string;
  readonly wakeups: Wakeups;
}

export class StreamLink {
  readonly name: string;
  readonly keys: StreamKeys;
  readonly context: Context;
  #known: Promise<Known> | undefined;

  constructor(name: string, context: Context) {
    this.name = name;
    this.context = context;
    this.keys = streamKeys(context.prefix, name);
  }

  /** What was last known; it may be out of date, which every script and every read notices. @throws {NoSuchStream} */
  known(): Promise<Known> {
    this.#known ??= this.load().then(
      (found) => {
        if (found) return found;
        this.forget();
        throw new NoSuchStream(this.name);
      },
      (error) => {
        this.forget();
        throw error;
      },
    );
    return this.#known;
  }

  /** Whoever finds what it knew out of date says so; what somebody else has read anew meanwhile is kept. */
  async outdated(known: Known): Promise<void> {
    const current = this.#known;
    if (current && (await current.catch(() => undefined)) === known && this.#known === current) this.forget();
  }

  forget(): void {
    this.#known = undefined;
  }

  async load(): Promise<Known | undefined> {
    return knownFrom(await this.context.runner.read((client) => client.hgetall(this.keys.meta)));
  }

  /**
   * Runs a script of this stream until what its caller knows is up to date.
   * `once`: a lost connection is an error, because the script may not run twice.
   */
  async call(
    script: Script,
    argsOf: (known: Known) => readonly (string | number)[],
    once = false,
  ): Promise<{ readonly known: Known; readonly answer: readonly unknown[] }> {
    for (;;) {
      const known = await this.known();
      const answer = await this.callAs(known, script, argsOf(known), once);
      if (answer) return { known, answer };
    }
  }

  /** The same, for a caller that must decide anew when what it knows is out of date: then there is no answer. */
  async callAs(
    known: Known,
    script: Script,
    own: readonly (string | number)[],
    once = false,
  ): Promise<readonly unknown[] | undefined> {
    const { runner, timeText } = this.context;
    const args = () => [known.revision, timeText(), known.definition.retentionMs, ...own];
    const keys = [this.keys.meta];
    const answer = await (once ? runner.run(script, keys, args()) : runner.insist(script, keys, args));
    const [status, ...rest] = answer as unknown[];
    if (status !== 'stale') return rest;
    await this.outdated(known);
    return undefined;
  }
}
