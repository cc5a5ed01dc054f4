/** Waiting for somebody who may not answer. */

import type { Millis } from '@millrace/semantics';
import type { Clock } from './clock.ts';

/** Named, because Node makes an exception with its stack for an abort without a reason. */
const OVER = 'over';

/**
 * What comes of it; undefined when that takes longer, or when the signal comes meanwhile (one that had come before is not
 * asked). Rejects as it does.
 */
export async function within<T>(
  doing: Promise<T>,
  ms: Millis,
  clock: Clock,
  signal?: AbortSignal,
): Promise<T | undefined> {
  const over = new AbortController();
  const stop = () => over.abort(OVER);
  signal?.addEventListener('abort', stop);
  try {
    return await Promise.race([doing, clock.until(clock.now() + ms, over.signal).then(() => undefined)]);
  } finally {
    signal?.removeEventListener('abort', stop);
    over.abort(OVER);
  }
}
