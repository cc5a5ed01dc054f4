/** The host's view of what a worker thread writes: a ring in shared memory that holds the last kilobytes. */

export const LOG_LIMIT_BYTES = 4_096;

export class LogRing {
  /** Two counters (next place, length), then the ring. */
  readonly shared = new SharedArrayBuffer(8 + LOG_LIMIT_BYTES);
  readonly #head = new Int32Array(this.shared, 0, 2);
  readonly #ring = new Uint8Array(this.shared, 8);

  /** What is in it, which is then gone from it. */
  take(): string | undefined {
    const length = Atomics.exchange(this.#head, 1, 0);
    if (length === 0) return undefined;
    const end = Atomics.load(this.#head, 0);
    const bytes = new Uint8Array(length);
    for (let index = 0; index < length; index += 1) {
      bytes[index] = this.#ring[(end - length + index + LOG_LIMIT_BYTES) % LOG_LIMIT_BYTES] ?? 0;
    }
    return tailText(bytes);
  }
}

/** Text of bytes that may begin in the middle of a character. */
export function tailText(bytes: Uint8Array): string {
  let from = 0;
  while (from < Math.min(3, bytes.length) && ((bytes[from] ?? 0) & 0xc0) === 0x80) from += 1;
  return new TextDecoder().decode(bytes.subarray(from));
}
