/** The records of a scenario file as a feed. */
import type { Arrival, ArrivalFeed } from '../scenario/plan.ts';
import { type PlannedArrival, Repeats } from './repeats.ts';

/** Arrivals in one chunk of a feed. */
export const chunkSize = 1024;

/** By time, then by place in the file. Each call gives a new feed of the same records. */
export function recordFeed(records: readonly PlannedArrival[]): ArrivalFeed {
  const repeats = new Repeats();
  for (const record of records) repeats.push(record);
  return {
    total: records.reduce((sum, record) => sum + record.repeat, 0),
    next() {
      const chunk: Arrival[] = [];
      repeats.drain(Number.POSITIVE_INFINITY, chunk, chunkSize);
      return chunk.length === 0 ? undefined : chunk;
    },
  };
}
