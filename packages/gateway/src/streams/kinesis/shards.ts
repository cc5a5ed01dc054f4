/** ListShards, and how a shard is shown. */
import type { StoredShard } from '@millrace/runtime';
import { sequenceNumberRange } from '@millrace/semantics';
import { invalidArgument, StreamsError } from '../errors.ts';
import type { KnownStream, StreamsService } from '../service.ts';
import { opaque, opened } from '../tokens.ts';
import { streamNow, type WhichStream } from './whichStream.ts';

export const shardFilterTypes = [
  'AFTER_SHARD_ID',
  'AT_TRIM_HORIZON',
  'FROM_TRIM_HORIZON',
  'AT_LATEST',
  'AT_TIMESTAMP',
  'FROM_TIMESTAMP',
] as const;

interface ShardFilter {
  readonly Type: (typeof shardFilterTypes)[number];
  readonly ShardId?: string;
  readonly Timestamp?: number;
}

interface ListInput extends WhichStream {
  readonly NextToken?: string;
  readonly ExclusiveStartShardId?: string;
  readonly MaxResults?: number;
  readonly ShardFilter?: ShardFilter;
  readonly StreamCreationTimestamp?: number;
}

/** What a token remembers of the first page. */
interface ListPage {
  readonly name: string;
  readonly createdAtMs: number;
  readonly after: string;
  readonly filter: ShardFilter | undefined;
  readonly issuedAtMs: number;
}

const TOKEN_MS = 300_000;
const PAGE = 1000;

export async function listShards(service: StreamsService, input: ListInput): Promise<object> {
  const nowMs = service.clock.now();
  const page = input.NextToken === undefined ? undefined : readToken(input, nowMs);
  const known = await streamNow(service, page ? { StreamName: page.name } : input);
  if (page && page.createdAtMs !== known.definition.createdAtMs) throw invalidToken();
  const filter = page ? page.filter : checkFilter(input.ShardFilter, nowMs);
  const after = page?.after ?? input.ExclusiveStartShardId ?? '';
  const shards = (await filtered(known, filter, nowMs)).filter(({ id }) => id > after);
  const shown = shards.slice(0, input.MaxResults ?? PAGE);
  if (shown.length === shards.length) return { Shards: shown.map(shardOnWire) };
  const { name, createdAtMs } = known.definition;
  const next: ListPage = { name, createdAtMs, after: shown.at(-1)!.id, filter, issuedAtMs: nowMs };
  return { Shards: shown.map(shardOnWire), NextToken: opaque(JSON.stringify(next)) };
}

export function shardOnWire(shard: StoredShard): object {
  const { startingSequenceNumber, endingSequenceNumber } = sequenceNumberRange(shard, shard.endIndex);
  return {
    ShardId: shard.id,
    ...(shard.parentId !== null && { ParentShardId: shard.parentId }),
    ...(shard.adjacentParentId !== null && { AdjacentParentShardId: shard.adjacentParentId }),
    HashKeyRange: hashKeyRange(shard),
    SequenceNumberRange: {
      StartingSequenceNumber: startingSequenceNumber,
      ...(endingSequenceNumber !== undefined && { EndingSequenceNumber: endingSequenceNumber }),
    },
  };
}

/** The children of a shard that is finished, as a read of it shows them. */
export async function childShards(known: KnownStream, parent: StoredShard): Promise<object[]> {
  const isChild = ({ parentId, adjacentParentId }: StoredShard) =>
    parentId === parent.id || adjacentParentId === parent.id;
  return (await known.shards()).filter(isChild).map((child) => ({
    ShardId: child.id,
    ParentShards: [child.parentId, child.adjacentParentId].filter((id) => id !== null),
    HashKeyRange: hashKeyRange(child),
  }));
}

function hashKeyRange({ startingHashKey, endingHashKey }: StoredShard): object {
  return { StartingHashKey: String(startingHashKey), EndingHashKey: String(endingHashKey) };
}

function checkFilter(filter: ShardFilter | undefined, nowMs: number): ShardFilter | undefined {
  if (!filter) return undefined;
  const { Type: type, ShardId: id, Timestamp: atMs } = filter;
  const wantsTime = type === 'AT_TIMESTAMP' || type === 'FROM_TIMESTAMP';
  if (type === 'AFTER_SHARD_ID' && id === undefined) {
    throw invalidArgument('ShardFilter of type AFTER_SHARD_ID must have a ShardId.');
  }
  if (wantsTime && atMs === undefined) throw invalidArgument(`ShardFilter of type ${type} must have a Timestamp.`);
  if (wantsTime && atMs! > nowMs) throw invalidArgument('The Timestamp of a ShardFilter cannot be later than now.');
  return filter;
}

async function filtered(
  known: KnownStream,
  filter: ShardFilter | undefined,
  nowMs: number,
): Promise<readonly StoredShard[]> {
  const shards = await known.shards();
  if (!filter) return shards;
  const horizonMs = Math.max(nowMs - known.definition.retentionMs, shards[0]?.createdAtMs ?? 0);
  return shards.filter((shard) => isShown(shard, filter, horizonMs));
}

function isShown(shard: StoredShard, { Type: type, ShardId: id, Timestamp: atMs }: ShardFilter, horizonMs: number) {
  const closedAtMs = shard.closedAtMs ?? Number.POSITIVE_INFINITY;
  switch (type) {
    case 'AFTER_SHARD_ID':
      return shard.id > id!;
    case 'AT_TRIM_HORIZON':
      return shard.createdAtMs <= horizonMs && closedAtMs > horizonMs;
    case 'FROM_TRIM_HORIZON':
      return closedAtMs >= horizonMs;
    case 'AT_LATEST':
      return shard.closedAtMs === null;
    case 'AT_TIMESTAMP':
      return shard.createdAtMs <= atMs! && closedAtMs >= atMs!;
    case 'FROM_TIMESTAMP':
      return closedAtMs >= atMs!;
  }
}

function readToken(input: ListInput, nowMs: number): ListPage {
  const { StreamName, StreamARN, ExclusiveStartShardId, ShardFilter, StreamCreationTimestamp } = input;
  const others = { StreamName, StreamARN, ExclusiveStartShardId, ShardFilter, StreamCreationTimestamp };
  for (const [name, value] of Object.entries(others)) {
    if (value !== undefined) throw invalidArgument(`NextToken and ${name} cannot be provided together.`);
  }
  const page = pageIn(opened(input.NextToken ?? ''));
  if (nowMs - page.issuedAtMs > TOKEN_MS) {
    throw new StreamsError('ExpiredNextTokenException', 'NextToken is older than 300 seconds; begin the list again.');
  }
  return page;
}

function pageIn(text: string | undefined): ListPage {
  try {
    const page = JSON.parse(text ?? '') as Partial<ListPage> | null;
    const isPage =
      typeof page?.name === 'string' &&
      typeof page.createdAtMs === 'number' &&
      typeof page.after === 'string' &&
      typeof page.issuedAtMs === 'number' &&
      (page.filter === undefined || shardFilterTypes.includes(page.filter?.Type));
    if (isPage) return page as ListPage;
  } catch {
    // Said below.
  }
  throw invalidToken();
}

function invalidToken(): StreamsError {
  return invalidArgument('NextToken is invalid; use the one of the answer before.');
}
