/**
 * How a shard of a DynamoDB stream is called outside: by its time of creation and its number, in the length that clients
 * insist on. Within, it is `shardId-000000000000`.
 */
import type { StoredShard } from '@millrace/runtime';

export function shardIdOnWire({ createdAtMs, number }: Pick<StoredShard, 'createdAtMs' | 'number'>): string {
  const time = String(Math.floor(createdAtMs)).padStart(20, '0');
  return `shardId-${time}-${number.toString(16).padStart(8, '0')}`;
}

/** The shard of a name; undefined when there is none. */
export function shardByWireId(shards: readonly StoredShard[], id: string): StoredShard | undefined {
  const number = Number.parseInt(id.slice(-8), 16);
  const shard = shards.find((one) => one.number === number);
  return shard && shardIdOnWire(shard) === id ? shard : undefined;
}
