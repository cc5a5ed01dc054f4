/** Lets a long run breathe: it gives way to the event loop from time to time, tells its progress, and can be stopped. */
import type { RunOptions } from './run.ts';

/** How many events between two looks: well under 50 ms of computing. */
const EVENTS_BETWEEN = 2000;

export class Cadence {
  readonly #options: RunOptions;
  readonly #progress: () => Parameters<NonNullable<RunOptions['onProgress']>>[0];
  readonly #interested: boolean;
  #left = EVENTS_BETWEEN;

  constructor(options: RunOptions, progress: () => Parameters<NonNullable<RunOptions['onProgress']>>[0]) {
    this.#options = options;
    this.#progress = progress;
    this.#interested = options.signal !== undefined || options.onProgress !== undefined;
  }

  isDue(): boolean {
    this.#left -= 1;
    return this.#left <= 0 && this.#interested;
  }

  /** Gives way once; true when the run is to stop. */
  async pause(): Promise<boolean> {
    this.#left = EVENTS_BETWEEN;
    await nextTurn();
    this.#options.onProgress?.(this.#progress());
    return this.#options.signal?.aborted === true;
  }
}

/** A turn of the event loop, also where there is no setImmediate. A message channel is no clock. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    const receiver: { onmessage: unknown; close(): void } = port1 as never;
    receiver.onmessage = () => {
      receiver.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
