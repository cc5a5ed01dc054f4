/** The connection that jobs, turns, permits and the register share. */
import { gatherWrites } from '../gather.ts';
import { Redis } from '../libraries.ts';

const LONGEST_PAUSE_MS = 1000;

/**
 * Connects to a `redis://`, `rediss://` or `unix:` address. Commands wait while Redis is away and are sent again when it is back: every
 * one of them may be carried out twice.
 */
export function connectForJobs(url: string): Redis {
  return gatherWrites(
    new Redis(url, {
      maxRetriesPerRequest: null,
      retryStrategy: (times: number) => Math.min(20 * 2 ** Math.min(times, 6), LONGEST_PAUSE_MS),
    }),
  );
}
