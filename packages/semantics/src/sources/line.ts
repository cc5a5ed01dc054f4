/**
 * A waiting line: items join at the end and leave at the front. The front of the array is given back from time to
 * time, so that joining and leaving cost the same however long the line is.
 */

/** A line as plain data: `items[gone]` is the first one in it. */
export interface Line<T> {
  items: (T | undefined)[];
  gone: number;
}

export function createLine<T>(): Line<T> {
  return { items: [], gone: 0 };
}

export function joinLine<T>(line: Line<T>, item: T): void {
  line.items.push(item);
}

/** The first item, which stays. */
export function firstInLine<T>(line: Line<T>): T | undefined {
  return line.items[line.gone];
}

/** The first item leaves. */
export function leaveLine<T>(line: Line<T>): void {
  if (line.gone >= line.items.length) return;
  line.items[line.gone] = undefined;
  line.gone++;
  if (line.gone < 1024 || line.gone * 2 < line.items.length) return;
  line.items = line.items.slice(line.gone);
  line.gone = 0;
}
