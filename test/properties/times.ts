/** Virtual durations and instants for random scenarios: clustered, because bugs live where things coincide. */
import type { ScenarioDocument } from '@millrace/simulation';
import fc from 'fast-check';

type Duration = NonNullable<ScenarioDocument['until']>;

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

/** Milliseconds as a scenario file writes them. */
export function duration(ms: number): Duration {
  if (ms === 0) return 0;
  return ms % SECOND === 0 ? `${ms / SECOND}s` : `${ms}ms`;
}

/** An instant of the first minutes: often the very same, often milliseconds apart, now and then much later. */
export const instantMs: fc.Arbitrary<number> = fc.oneof(
  { weight: 4, arbitrary: fc.constant(0) },
  { weight: 3, arbitrary: fc.constantFrom(1, 10, 50, 250, 500, 1000, 1001, 2000) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 3000 }) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 120 }).map((seconds) => seconds * SECOND) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 10 }).map((minutes) => minutes * MINUTE) },
);
