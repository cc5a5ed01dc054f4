/**
 * A queue as plain data: taken from the front, added at the back. Its items stand in a ring, so that a queue that comes
 * and goes leaves nothing to be cleared away; the ring has room for a power of two.
 */
export interface Deque<T> {
  items: (T | undefined)[];
  head: number;
  size: number;
}

const SMALLEST = 16;

/** A ring that was larger is given back once it is empty. */
const KEPT = 1024;

export function deque<T>(): Deque<T> {
  return { items: [], head: 0, size: 0 };
}

export function sizeOf<T>(queue: Deque<T>): number {
  return queue.size;
}

/** The item that has `index` others before it. */
export function at<T>(queue: Deque<T>, index: number): T | undefined {
  return index < queue.size ? queue.items[(queue.head + index) & (queue.items.length - 1)] : undefined;
}

export function first<T>(queue: Deque<T>): T | undefined {
  return queue.items[queue.head];
}

export function push<T>(queue: Deque<T>, item: T): void {
  if (queue.size === queue.items.length) grow(queue);
  queue.items[(queue.head + queue.size) & (queue.items.length - 1)] = item;
  queue.size += 1;
}

function grow<T>(queue: Deque<T>): void {
  const { items, head, size } = queue;
  const grown = items.slice(head).concat(items.slice(0, head));
  for (let room = Math.max(SMALLEST, size * 2); grown.length < room; ) grown.push(undefined);
  queue.items = grown;
  queue.head = 0;
}

/** Takes the first `count` items away. */
export function shift<T>(queue: Deque<T>, count: number): T[] {
  const taken = new Array<T>(Math.min(count, queue.size));
  for (let index = 0; index < taken.length; index += 1) taken[index] = at(queue, index) as T;
  drop(queue, taken.length);
  return taken;
}

/** The same for items that nobody wants to see. */
export function drop<T>(queue: Deque<T>, count: number): void {
  const { items } = queue;
  const mask = items.length - 1;
  for (let index = 0; index < count; index += 1) items[(queue.head + index) & mask] = undefined;
  queue.head = (queue.head + count) & mask;
  queue.size -= count;
  if (queue.size > 0 || items.length <= KEPT) return;
  queue.items = [];
  queue.head = 0;
}

/** Takes everything away. */
export function drain<T>(queue: Deque<T>): T[] {
  return shift(queue, sizeOf(queue));
}
