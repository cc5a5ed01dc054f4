/**
 * A stream as Redis held it when it was last read: its definition and its shards, as the model keeps them. What the shards
 * hold is not in it, so it stands as long as the revision does.
 */
import type { StreamDefinition } from '@millrace/runtime';
import { createStream, type Shard, type StreamState, sequencePrefix } from '@millrace/semantics';
import { type Found, generationOf } from '../substrate/link.ts';

export interface Known extends Found {
  readonly definition: StreamDefinition;
  /** All shards ever, by number, with empty logs: it routes records, and knows what resharding does. */
  readonly state: StreamState<never>;
  /** Who closed each closed shard. */
  readonly tokens: ReadonlyMap<number, string>;
}

/** From the fields of the hash; undefined when there is no stream. */
export function knownFrom(fields: Readonly<Record<string, string>>): Known | undefined {
  const { def, rev } = fields;
  if (def === undefined || rev === undefined) return undefined;
  const definition = JSON.parse(def) as StreamDefinition;
  const shards: Shard[] = [];
  const tokens = new Map<number, string>();
  for (let number = 0; number < Number(fields.shards); number++) {
    const opening = fields[`s${number}`];
    if (opening === undefined) {
      shards.push(forgotten(number));
      continue;
    }
    const closing = fields[`c${number}`]?.split(' ');
    shards.push(shardFrom(definition, number, opening.split(' '), closing));
    if (closing) tokens.set(number, closing[2]!);
  }
  const state = stateOf(definition, shards);
  return { definition, revision: rev, generation: generationOf(rev), state, tokens };
}

/** A copy that may be changed. */
export function copyOf({ definition, state }: Known): StreamState<never> {
  return stateOf(
    definition,
    state.shards.map((shard) => ({ ...shard })),
  );
}

function stateOf(definition: StreamDefinition, shards: Shard[]): StreamState<never> {
  const { kind, retentionMs } = definition;
  const state = createStream<never>({ kind, shards: shards.length, retentionMs }, 0);
  const open = shards.filter(({ closedAtMs }) => closedAtMs === null);
  open.sort((one, other) => (one.startingHashKey < other.startingHashKey ? -1 : 1));
  return { ...state, shards, open: open.map(({ number }) => number) };
}

function shardFrom(
  { kind }: StreamDefinition,
  number: number,
  [start = '', end = '', parent = '', adjacent = '', createdAt]: readonly string[],
  closing: readonly string[] | undefined,
): Shard {
  return {
    number,
    id: shardId(number),
    startingHashKey: BigInt(start),
    endingHashKey: BigInt(end),
    parentId: parent === '-' ? null : shardId(Number(parent)),
    adjacentParentId: adjacent === '-' ? null : shardId(Number(adjacent)),
    createdAtMs: Number(createdAt),
    sequencePrefix: sequencePrefix(kind, number, Number(createdAt)),
    childIds: closing ? closing[1]!.split(',').map((child) => shardId(Number(child))) : [],
    closedAtMs: closing ? Number(closing[0]) : null,
    putWindow: { second: 0, records: 0, bytes: 0 },
  };
}

/** Retention has passed since it was closed, and Redis has nothing of it any more: no call finds it open, or at all. */
function forgotten(number: number): Shard {
  return {
    number,
    id: shardId(number),
    startingHashKey: 0n,
    endingHashKey: 0n,
    parentId: null,
    adjacentParentId: null,
    createdAtMs: 0,
    sequencePrefix: '',
    childIds: [],
    closedAtMs: Number.NEGATIVE_INFINITY,
    putWindow: { second: 0, records: 0, bytes: 0 },
  };
}

function shardId(number: number): string {
  return `shardId-${String(number).padStart(12, '0')}`;
}

/** The shard of an id, closed or open, listed or not. */
export function shardOf({ state }: Known, id: string): Shard | undefined {
  const shard = state.shards[Number(id.slice('shardId-'.length))];
  return shard?.id === id ? shard : undefined;
}
