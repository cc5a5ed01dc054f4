/** Lines of a live trace carry instants of the epoch; people count from the start. */
import type { TraceLine } from '@millrace/simulation';

/** Fields of a line's data that are instants, too. */
const TIMES = ['startMs', 'endMs', 'notBeforeMs', 'visibleAtMs'] as const;

type Timed = Pick<TraceLine, 'at' | 'data'>;

export function relativeLine<T extends Timed>(line: T, startMs: number): T {
  if (startMs === 0) return line;
  return { ...line, at: line.at - startMs, ...(line.data && { data: relativeData(line.data, startMs) }) };
}

function relativeData(data: NonNullable<TraceLine['data']>, startMs: number): NonNullable<TraceLine['data']> {
  const changed: Record<string, unknown> = {};
  for (const field of TIMES) if (typeof data[field] === 'number') changed[field] = data[field] - startMs;
  return Object.keys(changed).length > 0 ? { ...data, ...changed } : data;
}

/** An instant of the epoch, and no time since a start: 30 years. */
const INSTANT_MS = 946_684_800_000;

/** Makes lines count from the first one, where they are instants. */
export function countingFromFirst(take: (line: TraceLine) => void): (line: TraceLine) => void {
  let startMs: number | undefined;
  return (line) => {
    startMs ??= line.at >= INSTANT_MS ? line.at : 0;
    take(relativeLine(line, startMs));
  };
}
