/** SplitShard, MergeShards, UpdateShardCount, UpdateStreamMode. */
import type { Resharded, StoredShard } from '@millrace/runtime';
import { inUse, invalidArgument, notFound, StreamsError } from '../errors.ts';
import type { KnownStream, StreamsService } from '../service.ts';
import { MOST_SHARDS } from './streams.ts';
import { noSuchStream, streamNow, type WhichStream } from './whichStream.ts';

const HASH_KEYS = 1n << 128n;

/** An open shard. */
interface Range {
  readonly id: string;
  readonly start: bigint;
  readonly end: bigint;
}

export async function splitShard(
  service: StreamsService,
  input: WhichStream & { readonly ShardToSplit: string; readonly NewStartingHashKey: string },
): Promise<undefined> {
  const known = await streamNow(service, input);
  const { ShardToSplit: id, NewStartingHashKey: text } = input;
  const shard = await shardToReshard(service, known, id);
  const hashKey = BigInt(text);
  if (hashKey <= shard.startingHashKey || hashKey > shard.endingHashKey) {
    throw invalidArgument(
      `NewStartingHashKey ${text} used in SplitShard() on shard ${id} in stream ${known.definition.name} under account ${service.accountId} is not both greater than one plus the shard's StartingHashKey ${shard.startingHashKey} and less than the shard's EndingHashKey ${shard.endingHashKey} minus 1.`,
    );
  }
  accept(await known.stream.split(id, hashKey));
}

export async function mergeShards(
  service: StreamsService,
  input: WhichStream & { readonly ShardToMerge: string; readonly AdjacentShardToMerge: string },
): Promise<undefined> {
  const known = await streamNow(service, input);
  const { ShardToMerge: id, AdjacentShardToMerge: adjacentId } = input;
  const one = await shardToReshard(service, known, id);
  const other = await shardToReshard(service, known, adjacentId);
  if (one.endingHashKey + 1n !== other.startingHashKey && other.endingHashKey + 1n !== one.startingHashKey) {
    throw invalidArgument(
      `Shards ${id} and ${adjacentId} in stream ${known.definition.name} under account ${service.accountId} are not an adjacent pair of shards eligible for merging`,
    );
  }
  accept(await known.stream.merge(id, adjacentId));
}

/** Splits and merges until the open shards are as those of a stream that is made with so many. */
export async function updateShardCount(
  service: StreamsService,
  input: WhichStream & { readonly TargetShardCount: number },
): Promise<object> {
  const known = await streamNow(service, input);
  const { TargetShardCount: target } = input;
  const open = await openShards(known);
  const before = open.length;
  checkTarget(before, target);
  const starts = startingHashKeys(target);
  await mergeTo(known, await splitAt(known, open, starts), starts);
  const { name, arn } = known.definition;
  return { StreamName: name, StreamARN: arn, CurrentShardCount: before, TargetShardCount: target };
}

export async function updateStreamMode(
  service: StreamsService,
  input: { readonly StreamARN: string; readonly StreamModeDetails: { readonly StreamMode: string } },
): Promise<undefined> {
  const { name } = (await streamNow(service, input)).definition;
  const { StreamMode } = input.StreamModeDetails;
  const changed = await service.change(name, ({ carried }) => ({ carried: { ...carried, StreamMode } }));
  if (!changed) throw noSuchStream(service, name);
}

/** AWS at most doubles and at least halves. */
function checkTarget(before: number, target: number): void {
  const counts = `Current open shard count: ${before} Target shard count: ${target}`;
  if (target > before * 2) {
    throw invalidArgument(`UpdateShardCount cannot scale up over double your current open shard count. ${counts}`);
  }
  if (target < before / 2) {
    throw invalidArgument(`UpdateShardCount cannot scale down below half your current open shard count. ${counts}`);
  }
  if (target <= MOST_SHARDS) return;
  throw new StreamsError('LimitExceededException', `A stream of this endpoint has at most ${MOST_SHARDS} shards.`);
}

/** Where the shards of a new stream begin. */
function startingHashKeys(count: number): readonly bigint[] {
  const width = HASH_KEYS / BigInt(count);
  return Array.from({ length: count }, (_, index) => width * BigInt(index));
}

/** Splits where a shard is to begin within another one. Answers the open shards as they are then. */
async function splitAt(known: KnownStream, open: readonly Range[], starts: readonly bigint[]): Promise<Range[]> {
  const after: Range[] = [];
  let at = 0;
  for (const shard of open) {
    let rest = shard;
    for (; at < starts.length && starts[at]! <= shard.end; at++) {
      const start = starts[at]!;
      if (start <= rest.start) continue;
      const [low, high] = accept(await known.stream.split(rest.id, start));
      after.push({ id: low!, start: rest.start, end: start - 1n });
      rest = { id: high!, start, end: rest.end };
    }
    after.push(rest);
  }
  return after;
}

/** Merges every shard that is not to begin where it does into the one before. */
async function mergeTo(known: KnownStream, open: readonly Range[], starts: readonly bigint[]): Promise<void> {
  const wanted = new Set(starts);
  let kept = open[0]!;
  for (const shard of open.slice(1)) {
    if (wanted.has(shard.start)) {
      kept = shard;
      continue;
    }
    const [id] = accept(await known.stream.merge(kept.id, shard.id));
    kept = { id: id!, start: kept.start, end: shard.end };
  }
}

/** In the order of their ranges. */
async function openShards(known: KnownStream): Promise<Range[]> {
  const open = (await known.shards()).filter(({ closedAtMs }) => closedAtMs === null);
  const ranges = open.map(({ id, startingHashKey: start, endingHashKey: end }) => ({ id, start, end }));
  return ranges.sort((one, other) => (one.start < other.start ? -1 : 1));
}

async function shardToReshard(service: StreamsService, known: KnownStream, id: string): Promise<StoredShard> {
  const shard = await known.shard(id);
  if (!shard) {
    throw notFound(`Could not find shard ${id} in stream ${known.definition.name} under account ${service.accountId}.`);
  }
  if (shard.closedAtMs === null) return shard;
  throw inUse(
    `Shard ${id} in stream ${known.definition.name} under account ${service.accountId} has already been merged or split, and thus is not eligible for merging or splitting.`,
  );
}

/** The shards that opened. What was checked may have changed meanwhile: then the stream itself says why it refuses. */
function accept(outcome: Resharded): readonly string[] {
  if (outcome.kind === 'resharded') return outcome.opened;
  const { code, message } = outcome;
  if (code === 'ResourceNotFoundException') throw notFound(message);
  if (code === 'ResourceInUseException') throw inUse(message);
  throw invalidArgument(message);
}
