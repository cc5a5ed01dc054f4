/** Where a topic lies in Redis. All keys of one topic share a hash tag, so that they are on one node of a cluster. */

/** What outlives a removal, so that it tells one topic of a name from the next: the definition and its generation. */
export function metaKey(prefix: string, name: string): string {
  return `${tagOf(prefix, name)}:meta`;
}

/** What every other key of a topic begins with. With the generation in it, no reader of an old topic sees a new one. */
export function baseKey(prefix: string, name: string, generation: string): string {
  return `${tagOf(prefix, name)}:${generation}`;
}

/** The records of a partition: a stream whose ids are made of offset and arrival. */
export function partitionKey(base: string, partition: number): string {
  return `${base}:p${partition}`;
}

function tagOf(prefix: string, name: string): string {
  // Braces in a name would end the tag early.
  return `${prefix}:{t/${encodeURIComponent(name)}}`;
}
