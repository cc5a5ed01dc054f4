import { systemClock } from '../clock.ts';

/** Looks again and again, as often as a person would not, until it holds; but no longer than this. */
export function eventuallyWithin(patienceMs: number) {
  return async (what: string, holds: () => boolean | Promise<boolean>): Promise<void> => {
    const untilMs = systemClock.now() + patienceMs;
    while (!(await holds())) {
      if (systemClock.now() > untilMs) throw new Error(`still not true after ${patienceMs / 1000} s: ${what}`);
      await systemClock.until(systemClock.now() + 20);
    }
  };
}
