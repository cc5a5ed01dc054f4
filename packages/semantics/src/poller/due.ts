/**
 * When something of a poller is due: a binary heap of (time, key), as plain data. Entries are never removed early: who
 * asks for the earliest time drops those at the top that are no longer true (`wake.ts`).
 */
import type { Millis } from '../vocabulary.ts';

export interface DueTable {
  readonly times: Millis[];
  readonly keys: number[];
}

export function dueTable(): DueTable {
  return { times: [], keys: [] };
}

/** The earliest time in the table, and the key that stands there. */
export function earliest(due: DueTable): Millis | undefined {
  return due.times[0];
}

export function earliestKey(due: DueTable): number {
  return due.keys[0] ?? 0;
}

export function schedule(due: DueTable, atMs: Millis, key: number): void {
  let hole = due.times.length;
  due.times.push(atMs);
  due.keys.push(key);
  while (hole > 0) {
    const parent = (hole - 1) >> 1;
    if (timeAt(due, parent) <= atMs) break;
    move(due, parent, hole);
    hole = parent;
  }
  place(due, hole, atMs, key);
}

/** Takes away the earliest key that is due at `now`. */
export function popDue(due: DueTable, now: Millis): number | undefined {
  const top = due.times[0];
  if (top === undefined || top > now) return undefined;
  const key = due.keys[0];
  const lastTime = due.times.pop();
  const lastKey = due.keys.pop();
  if (due.times.length > 0 && lastTime !== undefined && lastKey !== undefined) sink(due, lastTime, lastKey);
  return key;
}

function sink(due: DueTable, atMs: Millis, key: number): void {
  const size = due.times.length;
  let hole = 0;
  for (;;) {
    let child = hole * 2 + 1;
    if (child >= size) break;
    if (child + 1 < size && timeAt(due, child + 1) < timeAt(due, child)) child += 1;
    if (timeAt(due, child) >= atMs) break;
    move(due, child, hole);
    hole = child;
  }
  place(due, hole, atMs, key);
}

function timeAt(due: DueTable, index: number): Millis {
  return due.times[index] ?? Number.POSITIVE_INFINITY;
}

function move(due: DueTable, from: number, to: number): void {
  place(due, to, timeAt(due, from), due.keys[from] ?? 0);
}

function place(due: DueTable, index: number, atMs: Millis, key: number): void {
  due.times[index] = atMs;
  due.keys[index] = key;
}
