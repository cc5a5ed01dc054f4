/** Polls that wait, the lowest slot first: the poller that has an open batch is asked before an idle one. */
export interface Slotted {
  readonly slot: number;
}

export class WaitingSlots<T extends Slotted> {
  readonly #heap: T[] = [];
  readonly #waiting = new Set<T>();

  get size(): number {
    return this.#waiting.size;
  }

  add(item: T): void {
    if (this.#waiting.has(item)) return;
    this.#waiting.add(item);
    this.#rise(item);
  }

  remove(item: T): void {
    this.#waiting.delete(item);
  }

  /** Takes the lowest slot that still waits. */
  take(): T | undefined {
    for (let top = this.#pop(); top; top = this.#pop()) if (this.#waiting.delete(top)) return top;
    return undefined;
  }

  /** The lowest slot that waits, which stays. */
  peek(): T | undefined {
    for (let top = this.#heap[0]; top; top = this.#heap[0]) {
      if (this.#waiting.has(top)) return top;
      this.#pop();
    }
    return undefined;
  }

  #rise(item: T): void {
    const heap = this.#heap;
    let hole = heap.length;
    heap.push(item);
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      const above = heap[parent] as T;
      if (above.slot <= item.slot) break;
      heap[hole] = above;
      hole = parent;
    }
    heap[hole] = item;
  }

  #pop(): T | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (!top || !last || heap.length === 0) return top;
    let hole = 0;
    for (;;) {
      let child = hole * 2 + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && (heap[child + 1] as T).slot < (heap[child] as T).slot) child += 1;
      if ((heap[child] as T).slot >= last.slot) break;
      heap[hole] = heap[child] as T;
      hole = child;
    }
    heap[hole] = last;
    return top;
  }
}
