/**
 * Which shards are read. A shard is opened once every parent has ended; what was ended stays so. A parent that is no
 * longer listed and that nobody reads is gone unread: its own parents stand in for it.
 */
import type { Millis } from '../vocabulary.ts';
import type { ListedShard, MappingOrder } from './facts.ts';
import type { MappingState } from './state.ts';

/** How often the shards are listed while nothing says that they changed: rule `stream.parents-before-children`. */
export const LIST_EVERY_MS = 10_000;

/** For so long no listing has named what is forgotten: one that is not complete now and then does no harm. */
const FORGET_AFTER_MS = 60_000;

/** Opens the shards of a listing whose parents are finished. */
export function follow(state: MappingState, shards: readonly ListedShard[], orders: MappingOrder[]): void {
  const listed = new Set(shards.map((shard) => shard.id));
  state.firstShards ??= listed;
  const gone = (state.shards ?? []).filter((shard) => !listed.has(shard.id) && !state.ended.has(shard.id));
  const isAwaited = awaiting(state, listed, gone);
  state.shards = [...gone.filter((shard) => shard.parents.some(isAwaited)), ...shards];
  for (const shard of shards) {
    if (state.pollers.has(shard.id) || state.ended.has(shard.id) || shard.parents.some(isAwaited)) continue;
    openShard(state, shard, orders);
  }
}

/** Whether a child has to wait for a shard, or for those before it. */
function awaiting(state: MappingState, listed: ReadonlySet<string>, gone: readonly ListedShard[]) {
  const parentsOfGone = new Map(gone.map((shard) => [shard.id, shard.parents]));
  const known = new Map<string, boolean>();
  const isAwaited = (id: string): boolean => {
    const answer = known.get(id) ?? look(id);
    known.set(id, answer);
    return answer;
  };
  const look = (id: string): boolean => {
    if (state.ended.has(id)) return false;
    if (listed.has(id) || state.pollers.has(id)) return true;
    return parentsOfGone.get(id)?.some(isAwaited) === true;
  };
  return isAwaited;
}

/**
 * What has ended is forgotten once it is neither listed nor the parent of what is listed: nobody can open it then, and
 * nobody waits for it. A listing without shards says nothing.
 */
export function forgetEnded(state: MappingState, now: Millis, orders: MappingOrder[]): void {
  const shards = state.shards ?? [];
  if (shards.length === 0) return;
  const named = new Set(shards.flatMap(({ id, parents }) => [id, ...parents]));
  const forgotten: string[] = [];
  for (const id of state.ended) {
    const sinceMs = state.unnamedSinceMs.get(id) ?? now;
    if (named.has(id)) state.unnamedSinceMs.delete(id);
    else if (now - sinceMs < FORGET_AFTER_MS) state.unnamedSinceMs.set(id, sinceMs);
    else forgotten.push(id);
  }
  for (const id of forgotten) {
    state.ended.delete(id);
    state.unnamedSinceMs.delete(id);
  }
  if (forgotten.length > 0) orders.push({ do: 'forget', shards: forgotten });
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
