/** Looks at a mapping's source when its machine wants one: at its shards, or its lag. What cannot be seen now is tried again. */
import { causeText, type MappingFact, type MappingOrder } from '@millrace/semantics';
import type { Clock } from '../clock.ts';
import type { MappingSource } from '../ports/source.ts';
import { persistently } from './persistently.ts';

type Look = MappingOrder & { do: 'discover' | 'measureLag' };

export interface LooksOptions {
  readonly source: MappingSource;
  readonly clock: Clock;
  readonly told: (fact: MappingFact) => void | Promise<void>;
  readonly troubled: (problem: string | undefined) => void;
}

export class Looks {
  readonly #options: LooksOptions;
  readonly #stopping = new AbortController();
  #isThrottled = false;
  /** The look that is to come. Of listings a sooner one takes its place, of the lag a later one. */
  #next: { readonly atMs: number; readonly cancelled: AbortController } | undefined;

  constructor(options: LooksOptions) {
    this.#options = options;
    this.#unsubscribe = options.source.onPartitions?.((partitions) => {
      if (!this.#stopping.signal.aborted) void options.told({ what: 'partitionsAdded', partitions });
    });
  }

  readonly #unsubscribe: (() => void) | undefined;

  /** How many partitions there are; 1 where there are none. Undefined once it was closed. */
  partitions(): Promise<number | undefined> {
    const { source } = this.#options;
    const { signal } = this.#stopping;
    return this.#surely(() => source.partitions?.(signal) ?? 1);
  }

  /** The function has refused an invocation: the next look at the lag says so. */
  throttled(): void {
    this.#isThrottled = true;
  }

  look(order: Look): void {
    if (this.#stopping.signal.aborted) return;
    // A later look at the lag is the one that counts: what is seen before its time says nothing.
    if (this.#next && this.#next.atMs <= order.notBefore && order.do === 'discover') return;
    this.#next?.cancelled.abort();
    const next = { atMs: order.notBefore, cancelled: new AbortController() };
    this.#next = next;
    void this.#lookAt(order, next);
  }

  async #lookAt(order: Look, next: { readonly atMs: number; readonly cancelled: AbortController }): Promise<void> {
    const { clock, source, told } = this.#options;
    const { signal } = this.#stopping;
    await clock.until(order.notBefore, next.cancelled.signal);
    if (this.#next === next) this.#next = undefined;
    if (next.cancelled.signal.aborted || !source.look) return;
    const seen = await this.#surely(() => source.look?.(order, signal));
    if (!seen || signal.aborted) return;
    const fact = seen.what === 'lagMeasured' ? { ...seen, throttled: this.#isThrottled } : seen;
    if (seen.what === 'lagMeasured') this.#isThrottled = false;
    await persistently(() => told(fact), { clock, signal, onError: (error) => this.#troubled(error) });
  }

  async #surely<T>(doing: () => Promise<T> | T): Promise<T | undefined> {
    const { clock, troubled } = this.#options;
    const onError = (error: unknown) => this.#troubled(error);
    const { signal } = this.#stopping;
    const done = await persistently(doing, { clock, signal, onError });
    if (!signal.aborted) troubled(undefined);
    return done;
  }

  #troubled(error: unknown): void {
    this.#options.troubled(causeText(error));
  }

  close(): void {
    this.#stopping.abort();
    this.#next?.cancelled.abort();
    this.#unsubscribe?.();
  }
}
