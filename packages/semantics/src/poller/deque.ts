/** A queue as plain data: taken from the front, added at the back, compacted as it goes. */
export interface Deque<T> {
  items: T[];
  head: number;
}

export function deque<T>(): Deque<T> {
  return { items: [], head: 0 };
}

export function sizeOf<T>(queue: Deque<T>): number {
  return queue.items.length - queue.head;
}

export function first<T>(queue: Deque<T>): T | undefined {
  return queue.items[queue.head];
}

export function push<T>(queue: Deque<T>, item: T): void {
  queue.items.push(item);
}

/** Takes the first `count` items away; the space is given back once half of the array is dead. */
export function shift<T>(queue: Deque<T>, count: number): T[] {
  const taken = queue.items.slice(queue.head, queue.head + count);
  drop(queue, taken.length);
  return taken;
}

/** The same for items that nobody wants to see. */
export function drop<T>(queue: Deque<T>, count: number): void {
  queue.head += count;
  if (queue.head === queue.items.length) {
    queue.items.length = 0;
    queue.head = 0;
  } else if (queue.head > 1024 && queue.head * 2 > queue.items.length) {
    queue.items = queue.items.slice(queue.head);
    queue.head = 0;
  }
}

/** Takes everything away. */
export function drain<T>(queue: Deque<T>): T[] {
  return shift(queue, sizeOf(queue));
}
