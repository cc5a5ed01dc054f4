/**
 * What the checkers of one mapping remember of records: a few bytes each, and only until a record is closed. Chunks in
 * which every record is closed are given back.
 */
const CHUNK_BITS = 12;
const CHUNK = 1 << CHUNK_BITS;

/** Keys come and go: up to so many are remembered with nothing open, so that a busy one is not made anew each time. */
const IDLE_KEYS_KEPT = 16_384;

/** Bits of a record's state. */
const ARRIVED = 1;
/** An attempt with it was ordered, and it is not closed. */
export const OFFERED = 4;
/** The function ran with it. */
export const RAN = 8;
export const CLOSED = 16;

/** What is open of one key. Forgotten when nothing is. */
export interface KeyState {
  readonly key: string;
  /** Its place among the states, which is used again once it is forgotten. */
  readonly id: number;
  /** The record that made it: what arrived before belongs to a state that was forgotten. */
  readonly since: number;
  /** Records that arrived and are not closed. */
  open: number;
  /** Records that were offered and are not closed. */
  unsettled: number;
  /** The attempt in flight, and until when it hides its records (queues; Infinity elsewhere). */
  attempt: string | undefined;
  untilMs: number;
  /** Within the attempt being looked at. */
  seen: number;
  fresh: number;
}

/**
 * What is kept of a record lies together, since records that follow each other in a shard lie far apart here: a time, which
 * takes two words, then its state, its key and its place as ids. Numbers cost a collection nothing, however many there are.
 */
const TIME_STRIDE = 3;
const WORD_STRIDE = 2 * TIME_STRIDE;
const STATE = 2;
const KEY = 3;
const PLACE = 4;

class Chunk {
  readonly timesMs = new Float64Array(CHUNK * TIME_STRIDE);
  readonly words = new Int32Array(this.timesMs.buffer);
  open = 0;
}

function timeOf(record: number): number {
  return (record & (CHUNK - 1)) * TIME_STRIDE;
}

function wordsOf(record: number): number {
  return (record & (CHUNK - 1)) * WORD_STRIDE;
}

export class OpenRecords {
  readonly #chunks: (Chunk | undefined)[] = [];
  readonly #keys = new Map<string, KeyState>();
  /** By id; those of forgotten keys are used again. */
  readonly #states: (KeyState | undefined)[] = [];
  readonly #free: number[] = [];
  readonly #places: string[] = [];
  readonly #placeIds = new Map<string, number>();
  /** Chunks below this are complete: nothing will be added to them. */
  #complete = 0;

  arrive(record: number, key: string, place: string): void {
    const index = record >> CHUNK_BITS;
    let chunk = this.#chunks[index];
    if (!chunk) {
      chunk = new Chunk();
      this.#chunks[index] = chunk;
      this.#advance(index);
    }
    const at = wordsOf(record);
    chunk.words[at + STATE] = ARRIVED;
    chunk.words[at + KEY] = this.#keyState(key, record).id;
    chunk.words[at + PLACE] = this.#placeId(place);
    chunk.open += 1;
  }

  #keyState(key: string, since: number): KeyState {
    let state = this.#keys.get(key);
    if (!state) {
      const id = this.#free.pop() ?? this.#states.length;
      state = { key, id, since, open: 0, unsettled: 0, attempt: undefined, untilMs: 0, seen: 0, fresh: 0 };
      this.#states[id] = state;
      this.#keys.set(key, state);
    }
    state.open += 1;
    return state;
  }

  #placeId(place: string): number {
    let id = this.#placeIds.get(place);
    if (id === undefined) {
      id = this.#places.push(place) - 1;
      this.#placeIds.set(place, id);
    }
    return id;
  }

  #advance(index: number): void {
    while (this.#complete < index) {
      if (this.#chunks[this.#complete]?.open === 0) this.#chunks[this.#complete] = undefined;
      this.#complete += 1;
    }
  }

  /** The state's bits; a record that was given back is closed, one that never arrived here has none. */
  state(record: number): number {
    const index = record >> CHUNK_BITS;
    const chunk = this.#chunks[index];
    if (chunk) return chunk.words[wordsOf(record) + STATE] ?? 0;
    return index < this.#complete ? ARRIVED | CLOSED : 0;
  }

  ran(records: readonly number[]): void {
    for (const record of records) {
      const chunk = this.#chunks[record >> CHUNK_BITS];
      const at = wordsOf(record) + STATE;
      if (chunk) chunk.words[at] = (chunk.words[at] ?? 0) | RAN;
    }
  }

  isClosed(record: number): boolean {
    return (this.state(record) & CLOSED) !== 0;
  }

  /** Marks a record of a key as offered; false when it was before, or is closed, or never arrived. */
  offer(record: number, key: KeyState): boolean {
    const chunk = this.#chunks[record >> CHUNK_BITS];
    if (!chunk) return false;
    const at = wordsOf(record) + STATE;
    const state = chunk.words[at] ?? 0;
    if ((state & (OFFERED | CLOSED)) !== 0) return false;
    chunk.words[at] = state | OFFERED;
    key.unsettled += 1;
    return true;
  }

  fetched(records: readonly number[], atMs: number): void {
    for (const record of records) {
      const chunk = this.#chunks[record >> CHUNK_BITS];
      if (chunk) chunk.timesMs[timeOf(record)] = atMs;
    }
  }

  fetchedAtMs(record: number): number | undefined {
    return this.#chunks[record >> CHUNK_BITS]?.timesMs[timeOf(record)];
  }

  key(record: number): KeyState | undefined {
    const chunk = this.#chunks[record >> CHUNK_BITS];
    return chunk && this.#keyOf(chunk, record);
  }

  #keyOf({ words }: Chunk, record: number): KeyState | undefined {
    const at = wordsOf(record);
    const key = words[at + STATE] === 0 ? undefined : this.#states[words[at + KEY] as number];
    return key !== undefined && key.since <= record ? key : undefined;
  }

  place(record: number): string | undefined {
    const words = this.#chunks[record >> CHUNK_BITS]?.words;
    const at = wordsOf(record);
    return words === undefined || words[at + STATE] === 0 ? undefined : this.#places[words[at + PLACE] as number];
  }

  /** Closes a record. Returns the bits that it had before. */
  close(record: number): number {
    const index = record >> CHUNK_BITS;
    const chunk = this.#chunks[index];
    if (!chunk) return this.state(record);
    const at = wordsOf(record) + STATE;
    const state = chunk.words[at] ?? 0;
    if ((state & ARRIVED) === 0 || (state & CLOSED) !== 0) return state;
    chunk.words[at] = (state | CLOSED) & ~OFFERED;
    chunk.open -= 1;
    this.#release(this.#keyOf(chunk, record), state);
    if (chunk.open === 0 && index < this.#complete) this.#chunks[index] = undefined;
    return state;
  }

  #release(state: KeyState | undefined, bits: number): void {
    if (!state) return;
    state.open -= 1;
    if ((bits & OFFERED) !== 0) state.unsettled -= 1;
    if (state.open > 0 || this.#keys.size <= IDLE_KEYS_KEPT) return;
    this.#keys.delete(state.key);
    this.#states[state.id] = undefined;
    this.#free.push(state.id);
  }

  /** Every record that is still open. */
  *open(): Generator<number> {
    for (const [index, chunk] of this.#chunks.entries()) {
      if (!chunk || chunk.open === 0) continue;
      for (let at = 0; at < CHUNK; at += 1) {
        const state = chunk.words[wordsOf(at) + STATE] ?? 0;
        if ((state & ARRIVED) !== 0 && (state & CLOSED) === 0) yield (index << CHUNK_BITS) + at;
      }
    }
  }
}
