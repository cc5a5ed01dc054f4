/**
 * A binary heap whose entries may go stale. An entry keeps the key it was pushed with; when its item moves on, the
 * entry stays where it is and is dropped when it comes to the top, or when stale entries outnumber the live ones.
 *
 * 1. Order: by key, then by the item's ordinal.
 * 2. Pushing keys that only grow costs one comparison; everything else costs the logarithm of the size.
 * 3. Whoever owns the heap says which entries are live; asking twice gives the same answer until the owner changes one.
 */

/** An item of a heap. Ordinals are unique among the items of one heap and never change. */
export interface Ordered {
  readonly ordinal: number;
}

/** A heap as plain data: entry i is `items[i]` under `keys[i]`. */
export interface LazyHeap<T extends Ordered> {
  keys: number[];
  items: T[];
  /** How many entries the last sweep found live. */
  swept: number;
}

/** Whether the entry of this item under this key still says something. */
export type IsLive<T> = (item: T, key: number) => boolean;

export function createHeap<T extends Ordered>(): LazyHeap<T> {
  return { keys: [], items: [], swept: 0 };
}

/** Adds an entry. `liveItems` says how many items can be live; beyond twice that, stale entries are swept out. */
export function pushHeap<T extends Ordered>(
  heap: LazyHeap<T>,
  key: number,
  item: T,
  isLive: IsLive<T>,
  liveItems: number,
): void {
  if (heap.items.length > 2 * Math.max(liveItems, heap.swept) + 64) sweep(heap, isLive);
  heap.keys.push(key);
  heap.items.push(item);
  siftUp(heap, heap.items.length - 1, key, item);
}

/** The live entry with the smallest key, which stays in the heap. Stale entries above it are dropped. */
export function peekHeap<T extends Ordered>(heap: LazyHeap<T>, isLive: IsLive<T>): T | undefined {
  let top = heap.items[0];
  while (top !== undefined && !isLive(top, heap.keys[0]!)) {
    removeTop(heap);
    top = heap.items[0];
  }
  return top;
}

/** The smallest key of the heap; only right after `peekHeap` returned an item is it the key of a live entry. */
export function topKey<T extends Ordered>(heap: LazyHeap<T>): number | undefined {
  return heap.keys[0];
}

export function removeTop<T extends Ordered>(heap: LazyHeap<T>): void {
  const key = heap.keys.pop();
  const item = heap.items.pop();
  if (key === undefined || item === undefined || heap.items.length === 0) return;
  siftDown(heap, 0, key, item);
}

function sweep<T extends Ordered>(heap: LazyHeap<T>, isLive: IsLive<T>): void {
  const keys: number[] = [];
  const items: T[] = [];
  for (let index = 0; index < heap.items.length; index++) {
    const item = heap.items[index]!;
    const key = heap.keys[index]!;
    if (!isLive(item, key)) continue;
    keys.push(key);
    items.push(item);
  }
  heap.keys = keys;
  heap.items = items;
  heap.swept = items.length;
  for (let index = (items.length >> 1) - 1; index >= 0; index--) siftDown(heap, index, keys[index]!, items[index]!);
}

function siftUp<T extends Ordered>(heap: LazyHeap<T>, from: number, key: number, item: T): void {
  const { keys, items } = heap;
  let index = from;
  while (index > 0) {
    const parent = (index - 1) >> 1;
    if (!comesBefore(key, item, keys[parent]!, items[parent]!)) break;
    keys[index] = keys[parent]!;
    items[index] = items[parent]!;
    index = parent;
  }
  keys[index] = key;
  items[index] = item;
}

function siftDown<T extends Ordered>(heap: LazyHeap<T>, from: number, key: number, item: T): void {
  const { keys, items } = heap;
  let index = from;
  for (;;) {
    let child = 2 * index + 1;
    if (child >= items.length) break;
    const right = child + 1;
    if (right < items.length && comesBefore(keys[right]!, items[right]!, keys[child]!, items[child]!)) child = right;
    if (!comesBefore(keys[child]!, items[child]!, key, item)) break;
    keys[index] = keys[child]!;
    items[index] = items[child]!;
    index = child;
  }
  keys[index] = key;
  items[index] = item;
}

function comesBefore(key: number, item: Ordered, otherKey: number, other: Ordered): boolean {
  return key < otherKey || (key === otherKey && item.ordinal < other.ordinal);
}
