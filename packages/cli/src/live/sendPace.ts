/** When each message goes: at the fixture's own times, or at a rate. */
import type { Millis } from '@millrace/semantics';

/** Who was held up catches up on so much at once, not on everything. */
const LARGEST_DEBT_MS = 1000;

export interface Pace {
  /** When the next message is due. `atMs` is its time since the beginning of the fixture. */
  dueMs(now: Millis, atMs: Millis): Millis;
}

/** One token every 1/rate seconds. */
export function ratePace(perSecond: number, startMs: Millis): Pace {
  const everyMs = 1000 / perSecond;
  let nextMs = startMs;
  return {
    dueMs(now) {
      const due = Math.max(nextMs, now - LARGEST_DEBT_MS);
      nextMs = due + everyMs;
      return due;
    },
  };
}

/** As recorded. */
export function recordedPace(startMs: Millis): Pace {
  return { dueMs: (_now, atMs) => startMs + atMs };
}

/** `500/s`, `30/m`, `500`: messages a second; undefined when it is none of them. */
export function readRate(text: string): number | undefined {
  const [, count, unit = 's'] = /^(\d+(?:\.\d+)?)(?:\/(s|m|h))?$/.exec(text) ?? [];
  const perSecond = Number(count) / ({ s: 1, m: 60, h: 3600 }[unit] ?? 1);
  return perSecond > 0 ? perSecond : undefined;
}
