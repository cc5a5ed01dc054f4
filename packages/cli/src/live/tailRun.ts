/** Follows the live trace of every process that runs on a Redis, until it is told to stop. */
import type { TraceLine } from '@millrace/simulation';
import { reachRedis } from './reachRedis.ts';
import { type TraceMessage, traceChannelName } from './traceChannel.ts';

/** Lines that wait for a slow reader at most; beyond, they are dropped. */
const MOST_WAITING = 20_000;
const WRITTEN_AT_ONCE = 500;
const QUIET_MS = 3000;

export interface TailOptions {
  readonly url: string;
  readonly prefix: string;
  readonly signal: AbortSignal;
  readonly wanted: (line: TraceLine) => boolean;
  readonly textOf: (line: TraceLine) => string;
  readonly write: (text: string) => Promise<void>;
  /** Something about the following itself. */
  readonly say: (sentence: string) => void;
  /** A process that speaks. */
  readonly met: (hello: NonNullable<TraceMessage['hello']>) => void;
  /** The connection was lost: whether there is anything to wait for. */
  readonly comesBack: () => boolean;
}

/** @throws {UsageError} when Redis cannot be reached at first */
export async function followTrace(options: TailOptions): Promise<void> {
  const { url, prefix, signal, say, comesBack } = options;
  const client = await reachRedis(url);
  const reader = new TailReader(options);
  const ended = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
    client.on('close', () => {
      if (signal.aborted) return;
      if (!comesBack()) resolve();
      else if (reader.lost()) say('The connection to Redis was lost; what happens until it is back is not seen.');
    });
  });
  client.on('ready', () => reader.found());
  client.on('message', (_channel: string, text: string) => reader.read(text));
  const quiet = setTimeout(() => reader.quiet(), QUIET_MS);
  try {
    await client.subscribe(traceChannelName(prefix));
    await ended;
  } finally {
    clearTimeout(quiet);
    client.disconnect();
    await reader.written;
  }
}

class TailReader {
  readonly #options: TailOptions;
  readonly #met = new Set<string>();
  #waiting: string[] = [];
  #dropped = 0;
  #isLost = false;
  /** Resolves when what has been read so far is written. */
  written: Promise<void> = Promise.resolve();
  #writing = false;

  constructor(options: TailOptions) {
    this.#options = options;
  }

  /** True the first time. */
  lost(): boolean {
    const isFirst = !this.#isLost;
    this.#isLost = true;
    return isFirst;
  }

  found(): void {
    if (!this.#isLost) return;
    this.#isLost = false;
    this.#options.say('The connection to Redis is back.');
  }

  quiet(): void {
    if (this.#met.size === 0) this.#options.say('Nothing runs here yet; waiting for `millrace up`.');
  }

  read(text: string): void {
    const message = parsed(text);
    if (!message) return;
    const { from, hello, bye, dropped = 0, lines = [] } = message;
    if (hello && !this.#met.has(from)) {
      this.#met.add(from);
      this.#options.met(hello);
    }
    if (dropped > 0) this.#options.say(`${dropped} lines were dropped: they came faster than they could be passed on.`);
    for (const line of lines) this.#line(line);
    if (bye && this.#met.delete(from)) this.#options.say('A process has ended.');
  }

  #line(line: TraceLine): void {
    const { wanted, textOf } = this.#options;
    if (!wanted(line)) return;
    if (this.#waiting.length >= MOST_WAITING) {
      this.#dropped += 1;
      return;
    }
    this.#waiting.push(textOf(line));
    if (this.#writing) return;
    this.#writing = true;
    this.written = this.#write();
  }

  async #write(): Promise<void> {
    const { write, say } = this.#options;
    while (this.#waiting.length > 0) {
      await write(`${this.#waiting.splice(0, WRITTEN_AT_ONCE).join('\n')}\n`);
      if (this.#dropped > 0) say(`${this.#dropped} lines were dropped: they came faster than they could be written.`);
      this.#dropped = 0;
    }
    this.#writing = false;
  }
}

/** Whoever else may use the channel. */
function parsed(text: string): TraceMessage | undefined {
  try {
    const message = JSON.parse(text) as TraceMessage | null;
    return typeof message?.from === 'string' ? message : undefined;
  } catch {
    return undefined;
  }
}
