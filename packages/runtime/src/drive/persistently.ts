/** Does what must not be left undone: again and again, until it works or nobody wants it any more. */
import type { Millis } from '@millrace/semantics';
import type { Clock } from '../clock.ts';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5000;

export interface Persistence {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Told of each try that failed. */
  readonly onError: (error: unknown) => void;
}

/** Resolves with what it came to, or with undefined once the signal is aborted. */
export async function persistently<T>(
  doing: () => Promise<T> | T,
  { clock, signal, onError }: Persistence,
): Promise<T | undefined> {
  for (let pauseMs: Millis = FIRST_PAUSE_MS; !signal.aborted; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      return await doing();
    } catch (error) {
      if (signal.aborted) return undefined;
      onError(error);
      await clock.until(clock.now() + pauseMs, signal);
    }
  }
  return undefined;
}
