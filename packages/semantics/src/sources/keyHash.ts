/** Kafka's way from a record's key to a partition: murmur2, as the Java client's default partitioner. */

const SEED = 0x9747b28c;
const MULTIPLIER = 0x5bd1e995;

/** The partition of a key. */
export function partitionOfKey(key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions;
}

/** 32-bit murmur2 with Kafka's seed, as a signed integer. */
export function murmur2(bytes: Uint8Array): number {
  let hash = SEED ^ bytes.length;
  const whole = bytes.length & ~3;
  for (let at = 0; at < whole; at += 4) {
    hash = Math.imul(hash, MULTIPLIER) ^ mixed(littleEndian(bytes, at, 4));
  }
  if (bytes.length > whole) hash = Math.imul(hash ^ littleEndian(bytes, whole, bytes.length - whole), MULTIPLIER);
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER);
  return hash ^ (hash >>> 15);
}

function mixed(block: number): number {
  const product = Math.imul(block, MULTIPLIER);
  return Math.imul(product ^ (product >>> 24), MULTIPLIER);
}

function littleEndian(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let index = 0; index < count; index++) value |= bytes[at + index]! << (8 * index);
  return value;
}
