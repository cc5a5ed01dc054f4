/**
 * The live trace on a channel of Redis, for `millrace tail`.
 *
 * 1. Nobody listens: no line is made. Whether somebody does is asked of Redis twice a second.
 * 2. Pollers never wait for a tail: lines are put together, and one message is on its way at a time, over a connection of
 *    its own. What does not fit into the next one is dropped and counted.
 * 3. Redis itself lets go of a tail that does not read (client-output-buffer-limit), so no tail fills its memory.
 */
import { randomUUID } from 'node:crypto';
import process from 'node:process';
import type { connectRedis } from '@millrace/redis';
import { type Clock, type Timer, type Tracer, within } from '@millrace/runtime';
import type { TraceLine } from '@millrace/simulation';

type Redis = ReturnType<typeof connectRedis>;

const LOOK_EVERY_MS = 500;
const SEND_EVERY_MS = 100;
const MOST_LINES = 1000;
const MOST_CHARS = 2_000_000;
const CLOSES_WITHIN_MS = 1000;

export function traceChannelName(prefix: string): string {
  return `${prefix}:trace`;
}

/** What goes over the channel. */
export interface TraceMessage {
  /** Tells processes from each other. */
  readonly from: string;
  /** Somebody began to listen: who speaks. */
  readonly hello?: { readonly pid: number; readonly scenario: string; readonly mappings: readonly string[] };
  /** The process ends. */
  readonly bye?: true;
  /** Lines that were dropped before these. */
  readonly dropped?: number;
  readonly lines?: readonly TraceLine[];
}

export interface TraceChannelOptions {
  /** For the looks; what is published goes over a connection like it. */
  readonly redis: Redis;
  readonly prefix: string;
  readonly tracer: Tracer;
  readonly clock: Clock;
  readonly scenario: string;
  readonly mappings: readonly string[];
}

export class TraceChannel {
  readonly #options: TraceChannelOptions;
  readonly #channel: string;
  readonly #from = randomUUID();
  #look: Timer | undefined;
  #heard = 0;
  #unlisten: (() => void) | undefined;
  #publisher: Redis | undefined;
  #pending: string[] = [];
  #chars = 0;
  #dropped = 0;
  #sending: Promise<void> | undefined;
  #send: Timer | undefined;
  #closed = false;

  constructor(options: TraceChannelOptions) {
    this.#options = options;
    this.#channel = traceChannelName(options.prefix);
    void this.#lookNow();
  }

  /** Sends what is left and says that it ends. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#look?.cancel();
    if (this.#unlisten) await within(this.#sayBye(), CLOSES_WITHIN_MS, this.#options.clock);
    this.#stop();
  }

  async #sayBye(): Promise<void> {
    await this.#sending;
    await this.#flush();
    await this.#publish(JSON.stringify({ from: this.#from, bye: true } satisfies TraceMessage));
  }

  async #lookNow(): Promise<void> {
    const { redis, clock } = this.#options;
    // While Redis is away a question would wait for it, and another behind it.
    const count = redis.status === 'ready' ? await this.#listeners() : this.#heard;
    if (this.#closed) return;
    if (count === 0) this.#stop();
    else if (count > this.#heard) this.#begin();
    this.#heard = count;
    this.#look = clock.at(clock.now() + LOOK_EVERY_MS, () => void this.#lookNow());
  }

  async #listeners(): Promise<number> {
    try {
      const [, count] = (await this.#options.redis.pubsub('NUMSUB', this.#channel)) as [string, number];
      return Number(count);
    } catch {
      return this.#heard;
    }
  }

  #begin(): void {
    const { redis, tracer, scenario, mappings } = this.#options;
    this.#publisher ??= quiet(redis.duplicate());
    this.#unlisten ??= tracer.listen((line) => this.#add(line));
    const hello = { pid: process.pid, scenario, mappings };
    void this.#publish(JSON.stringify({ from: this.#from, hello } satisfies TraceMessage));
  }

  #stop(): void {
    this.#unlisten?.();
    this.#unlisten = undefined;
    this.#send?.cancel();
    this.#send = undefined;
    this.#publisher?.disconnect();
    this.#publisher = undefined;
    this.#pending = [];
    this.#chars = 0;
    this.#dropped = 0;
  }

  #add(line: TraceLine): void {
    if (this.#pending.length >= MOST_LINES || this.#chars >= MOST_CHARS) {
      this.#dropped += 1;
      return;
    }
    const text = JSON.stringify(line);
    this.#pending.push(text);
    this.#chars += text.length;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#send || this.#sending || this.#closed) return;
    const { clock } = this.#options;
    this.#send = clock.at(clock.now() + SEND_EVERY_MS, () => {
      this.#send = undefined;
      this.#sending = this.#flush().finally(() => {
        this.#sending = undefined;
        if (this.#pending.length > 0) this.#schedule();
      });
    });
  }

  async #flush(): Promise<void> {
    if (this.#pending.length === 0) return;
    const count = this.#pending.length;
    const dropped = this.#dropped > 0 ? `"dropped":${this.#dropped},` : '';
    const text = `{"from":"${this.#from}",${dropped}"lines":[${this.#pending.join(',')}]}`;
    this.#pending = [];
    this.#chars = 0;
    this.#dropped = 0;
    if (!(await this.#publish(text))) this.#dropped += count;
  }

  async #publish(text: string): Promise<boolean> {
    try {
      await this.#publisher?.publish(this.#channel, text);
      return true;
    } catch {
      return false;
    }
  }
}

function quiet(redis: Redis): Redis {
  redis.on('error', () => {});
  return redis;
}
