/** Where a stream lies in Redis. All keys of one stream share a hash tag, so that they are on one node of a cluster. */

export interface StreamKeys {
  /** A hash; `scripts.ts` says what it holds. */
  readonly meta: string;
  /** The Redis stream that holds a shard's records. */
  records(generation: string, shard: number): string;
  /** Where it is said that there is something new in a shard. */
  channel(shard: number): string;
}

export function streamKeys(prefix: string, name: string): StreamKeys {
  // Braces in a name would end the tag early.
  const tag = `${prefix}:{s/${encodeURIComponent(name)}}`;
  return {
    meta: `${tag}:meta`,
    records: (generation, shard) => `${tag}:meta:${generation}:${shard}`,
    channel: (shard) => `${tag}:meta:${shard}`,
  };
}
