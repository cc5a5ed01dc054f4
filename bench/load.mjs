/** The load of a bench: arrivals made on the fly in chunks, the same for the simulator and for the bare loop. */
const CHUNK = 1000;

/** 198 bytes of JSON in base64: one payload for all, because making payloads is not what is measured. */
export const DATA = Buffer.from(JSON.stringify({ pad: 'x'.repeat(190) })).toString('base64');

/** `count` records in calls of 500, at 10,000 records a second for every 10 shards. */
export function feedOf(count, make, perSecond) {
  const callEveryMs = (500 * 1000) / perSecond;
  let next = 0;
  return {
    total: count,
    next() {
      if (next >= count) return undefined;
      const chunk = [];
      for (const end = Math.min(next + CHUNK, count); next < end; next += 1) {
        chunk.push({ atMs: Math.floor(next / 500) * callEveryMs, source: 0, payload: make(next) });
      }
      return chunk;
    },
  };
}

const KEYS = Array.from({ length: 5000 }, (_, index) => `key-${index}`);

/** Keys are spread evenly and without a pattern. */
export function keyOf(index) {
  return KEYS[(Math.imul(index, 2654435761) >>> 0) % KEYS.length];
}

const MANY_KEYS = Array.from({ length: 50_000 }, (_, index) => `key-${index}`);

/** Enough keys for 10,000 lanes. */
export const manyKeysRecord = (index) => ({
  partitionKey: MANY_KEYS[(Math.imul(index, 2654435761) >>> 0) % MANY_KEYS.length],
  data: DATA,
});

export const kinesisRecord = (index) => ({ partitionKey: keyOf(index), data: DATA });
export const topicRecord = (index) => ({ partition: index % 12, key: null, value: DATA, headers: [] });
export const message = () => ({ body: DATA });
export const fifoMessage = (index) => ({ body: DATA, groupId: `group-${index % 1000}`, dedupId: `d-${index}` });
