/** The queues of most fault tests: one standard, one FIFO, both with dead letters and limits; and what is sent to them. */
import type { Arena, Line } from './arena.ts';

export const isDeep = process.env.MILLRACE_DEEP === '1';

const COUNT = isDeep ? 4000 : 300;
const PER_SECOND = isDeep ? 200 : 100;

/** A message that goes wrong often enough for its queue to give it up. */
const POISON = { every: 97, first: 7 };
/** Calls with such a message take long enough to be hit. */
const SLOW = { every: 25, first: 3, ms: 500 };

export function twoLines(about: Partial<Line> = {}): readonly Line[] {
  const both = { visibilityMs: 3000, timeoutMs: 1000, maxReceiveCount: 4, ...about };
  return [
    { ...both, name: 'plain', maximumConcurrency: 4 },
    { ...both, name: 'ordered', fifo: true, reservedConcurrency: 3 },
  ];
}

export function says(at: number): { readonly ms: number; readonly do?: string } {
  const ms = at % SLOW.every === SLOW.first ? SLOW.ms : 10;
  return at % POISON.every === POISON.first ? { ms, do: 'fail' } : { ms };
}

/** Sends to both queues, while whatever happens happens. */
export function sendToBoth(arena: Arena, times = 1): void {
  const about = { count: COUNT * times, perSecond: PER_SECOND, says };
  arena.load({ queue: 'plain', ...about });
  arena.load({ queue: 'ordered', ...about });
}
