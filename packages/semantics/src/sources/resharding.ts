/**
 * Splitting and merging shards. The parents close, their children open in the same hash-key space, and whoever reads
 * finds the lineage in `parentId`, `adjacentParentId` and `childIds`.
 */
import type { RuleId } from '../rules/index.ts';
import type { Millis } from '../vocabulary.ts';
import { addShard, type Shard, type StreamState } from './shards.ts';

export type ReshardOutcome =
  | {
      readonly kind: 'resharded';
      readonly closed: readonly Shard[];
      readonly opened: readonly Shard[];
      readonly rule: RuleId;
    }
  /** `code` is AWS's; the message says what to do. */
  | {
      readonly kind: 'refused';
      readonly code: 'ResourceNotFoundException' | 'ResourceInUseException' | 'InvalidArgumentException';
      readonly message: string;
    };

/** Splits an open shard (by default the first one) at a hash key (by default the middle of its range). */
export function splitShard<T>(
  stream: StreamState<T>,
  nowMs: Millis,
  shardId?: string,
  newStartingHashKey?: bigint,
): ReshardOutcome {
  const place = placeOf(stream, shardId);
  if (typeof place !== 'number') return place;
  const parent = openShard(stream, place);
  const { startingHashKey, endingHashKey } = parent;
  const middle = newStartingHashKey ?? (startingHashKey + endingHashKey + 1n) / 2n;
  if (middle <= startingHashKey || middle > endingHashKey) {
    const range = `${startingHashKey + 1n} to ${endingHashKey}`;
    return refuse('InvalidArgumentException', `Shard ${parent.id} can be split only at a hash key from ${range}.`);
  }
  const low = { startingHashKey, endingHashKey: middle - 1n, parents: [parent] };
  const high = { startingHashKey: middle, endingHashKey, parents: [parent] };
  return reshard(stream, place, [parent], [addShard(stream, low, nowMs), addShard(stream, high, nowMs)], nowMs);
}

/** Merges two open shards whose ranges touch, by default the first two. The first one named is the child's parent. */
export function mergeShards<T>(
  stream: StreamState<T>,
  nowMs: Millis,
  shardIds?: readonly [string, string],
): ReshardOutcome {
  const one = placeOf(stream, shardIds?.[0]);
  if (typeof one !== 'number') return one;
  const other = shardIds ? placeOf(stream, shardIds[1]) : 1;
  if (typeof other !== 'number') return other;
  if (Math.abs(one - other) !== 1 || other >= stream.open.length) {
    return refuse('InvalidArgumentException', 'Only two open shards with adjacent hash-key ranges can be merged.');
  }
  const place = Math.min(one, other);
  const { startingHashKey } = openShard(stream, place);
  const { endingHashKey } = openShard(stream, place + 1);
  const parents = [openShard(stream, one), openShard(stream, other)];
  return reshard(stream, place, parents, [addShard(stream, { startingHashKey, endingHashKey, parents }, nowMs)], nowMs);
}

function reshard<T>(
  stream: StreamState<T>,
  place: number,
  closed: readonly Shard[],
  opened: readonly Shard[],
  nowMs: Millis,
): ReshardOutcome {
  for (const parent of closed) {
    parent.closedAtMs = nowMs;
    parent.childIds = opened.map((child) => child.id);
  }
  stream.open.splice(place, closed.length, ...opened.map((child) => child.number));
  stream.routes.clear();
  return { kind: 'resharded', closed, opened, rule: 'stream.resharding-closes-parents' };
}

function placeOf<T>(stream: StreamState<T>, shardId: string | undefined): number | ReshardOutcome {
  if (shardId === undefined) return 0;
  const shard = stream.shards.find((candidate) => candidate.id === shardId);
  if (!shard)
    return refuse('ResourceNotFoundException', `There is no shard ${shardId}; list the shards of the stream.`);
  const place = stream.open.indexOf(shard.number);
  if (place >= 0) return place;
  return refuse('ResourceInUseException', `Shard ${shardId} is closed; only an open shard can be split or merged.`);
}

function openShard<T>(stream: StreamState<T>, place: number): Shard {
  return stream.shards[stream.open[place]!]!;
}

function refuse(code: Extract<ReshardOutcome, { kind: 'refused' }>['code'], message: string): ReshardOutcome {
  return { kind: 'refused', code, message };
}
