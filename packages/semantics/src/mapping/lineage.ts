/**
 * Which shards are read. A shard is opened once every parent has ended, or is no longer listed and nobody reads it;
 * what was ended stays so.
 */
import type { ListedShard, MappingOrder } from './facts.ts';
import type { MappingState } from './state.ts';

/** How often the shards are listed while nothing says that they changed: rule `stream.parents-before-children`. */
export const LIST_EVERY_MS = 10_000;

/** Opens the shards of a listing whose parents are finished. */
export function follow(state: MappingState, shards: readonly ListedShard[], orders: MappingOrder[]): void {
  const listed = new Set(shards.map((shard) => shard.id));
  const isFirst = state.shards === undefined;
  state.shards = shards;
  if (isFirst) state.firstShards = listed;
  for (const shard of shards) {
    if (state.pollers.has(shard.id) || state.ended.has(shard.id)) continue;
    const isOpen = (parent: string) => listed.has(parent) || state.pollers.has(parent);
    if (shard.parents.some((parent) => isOpen(parent) && !state.ended.has(parent))) continue;
    openShard(state, shard, orders);
  }
}

function openShard(state: MappingState, shard: ListedShard, orders: MappingOrder[]): void {
  const original = state.firstShards?.has(shard.id) === true;
  state.pollers.set(shard.id, 'open');
  orders.push({
    do: 'openPoller',
    poller: shard.id,
    from: original ? 'start' : 'horizon',
    rule: original ? 'stream.starts-at-the-starting-position' : 'stream.parents-before-children',
  });
}
