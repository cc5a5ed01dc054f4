/**
 * Which shard a recorded record goes to when it is replayed. The replayed stream has as many shards as the recorded one had
 * open shards at the beginning, all of one size. Records keep the shard whose hash keys they were in, with an explicit
 * hash key where their key alone would lead elsewhere; those of closed shards go where their children are.
 */
import { createHash } from 'node:crypto';

const HASH_KEYS = 1n << 128n;

export interface HashRange {
  readonly start: bigint;
  readonly end: bigint;
}

export class HashKeys {
  /** Where the open shards begin. */
  readonly #starts: readonly bigint[];
  readonly #width: bigint;

  constructor(open: readonly HashRange[]) {
    this.#starts = open.map(({ start }) => start).sort((one, other) => (one < other ? -1 : 1));
    this.#width = HASH_KEYS / BigInt(Math.max(1, open.length));
  }

  get shards(): number {
    return Math.max(1, this.#starts.length);
  }

  /** `written`: the key that the fixture has, where that is another one. Undefined: the key leads there by itself. */
  explicit(key: string, written: string, range: HashRange): string | undefined {
    if (this.shards === 1) return undefined;
    const hash = hashOf(key);
    // It was put with an explicit hash key when its own lies elsewhere.
    const place = this.#placeOf(hash >= range.start && hash <= range.end ? hash : range.start);
    const led = (written === key ? hash : hashOf(written)) / this.#width;
    return Number(led) === place ? undefined : String(this.#width * BigInt(place));
  }

  #placeOf(hash: bigint): number {
    return Math.max(
      0,
      this.#starts.findLastIndex((start) => start <= hash),
    );
  }
}

function hashOf(key: string): bigint {
  return BigInt(`0x${createHash('md5').update(key).digest('hex')}`);
}
