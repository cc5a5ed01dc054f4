/** What a source says of itself may change while it is read: it is asked again, as long as pollers are open here. */
import { causeText, type Millis } from '@millrace/semantics';
import type { Clock } from '../clock.ts';
import type { MappingSource } from '../ports/source.ts';

const REFRESH_EVERY_MS: Millis = 60_000;

export interface SourceWatchOptions {
  readonly source: MappingSource;
  readonly clock: Clock;
  /** Its surroundings are others now. */
  readonly changed: () => void;
  readonly failed: (problem: string) => void;
}

export class SourceWatch {
  readonly #options: SourceWatchOptions;
  #stopping: AbortController | undefined;

  constructor(options: SourceWatchOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#stopping || !this.#options.source.refresh) return;
    this.#stopping = new AbortController();
    void this.#watch(this.#stopping.signal);
  }

  stop(): void {
    this.#stopping?.abort();
    this.#stopping = undefined;
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { source, clock, changed, failed } = this.#options;
    for (;;) {
      await clock.until(clock.now() + REFRESH_EVERY_MS, signal);
      if (signal.aborted) return;
      const before = JSON.stringify(source.surroundings);
      await source.refresh?.().catch((error: unknown) => failed(causeText(error)));
      if (!signal.aborted && JSON.stringify(source.surroundings) !== before) changed();
    }
  }
}
