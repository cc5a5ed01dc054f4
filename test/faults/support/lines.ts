/** The queues of most fault tests: one standard, one FIFO, both with dead letters and limits; and what is sent to them. */
import type { Arena, Line } from './arena.ts';

export const isDeep = process.env.MILLRACE_DEEP === '1';

const COUNT = isDeep ? 4000 : 150;
const PER_SECOND = isDeep ? 200 : 100;

/** A message that always goes wrong, so that its queue gives it up. */
const POISON = { every: 97, first: 7 };
/** One that goes wrong twice, and holds its group back until then. */
const UNWELL = { every: 61, first: 20 };
/** Calls with such a message take long enough to be hit. */
const SLOW = { every: 25, first: 3, ms: 250 };

/** `limit`: what keeps calls of the FIFO queue few. Permits of a process that was killed last for 15 s more. */
export function twoLines(about: Partial<Line> = {}, limit: 'permits' | 'slots' = 'permits'): readonly Line[] {
  const both = { visibilityMs: 1500, timeoutMs: 500, ...about };
  const ordered = limit === 'permits' ? { reservedConcurrency: 3 } : { maximumConcurrency: 3 };
  return [
    { ...both, name: 'plain', maxReceiveCount: 3, maximumConcurrency: 4 },
    { ...both, name: 'ordered', fifo: true, maxReceiveCount: 20, ...ordered },
  ];
}

function msOf(at: number): number {
  return at % SLOW.every === SLOW.first ? SLOW.ms : 10;
}

/** Sends to both queues, while whatever happens happens. */
export function sendToBoth(arena: Arena, times = 1): void {
  const about = { count: COUNT * times, perSecond: PER_SECOND };
  const poisoned = (at: number) => (at % POISON.every === POISON.first ? { do: 'fail' } : {});
  const unwell = (at: number) => (at % UNWELL.every === UNWELL.first ? { do: 'fail', times: 2 } : {});
  arena.load({ queue: 'plain', ...about, says: (at) => ({ ms: msOf(at), ...poisoned(at) }) });
  arena.load({ queue: 'ordered', ...about, says: (at) => ({ ms: msOf(at), ...unwell(at) }) });
}
