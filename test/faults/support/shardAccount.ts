/**
 * The account of a fault test of shards. Each checker answers a sentence for everything that no fault explains.
 *
 * 1. Every record whose putting was answered is in its stream once; every record there was handled, or is part of a batch
 *    that was discarded to the destination. Nothing is handled that is not there.
 * 2. Before a call begins, every earlier record of its keys that is not in it was finished: handled, or given up after its
 *    last call. No call goes back behind one that has begun.
 * 3. Calls with records of one key do not overlap, and no more calls of a shard run than its parallelization factor.
 * 4. No call has records of a shard before all of its parents' records are finished.
 * 5. A record that was handled, or whose call was cut short, comes again only around a fault, and the trace says why.
 *
 * A call counts as running from its first line to its last one, or to the end of its process, but not beyond its timeout:
 * what is paused inside a function may end late.
 */
import type { MachineMs } from './evidence.ts';
import { isBetween, overMs, type ShardCall, type ShardEvidence, type Stored } from './shardEvidence.ts';
import { childrenFirst, outOfOrder } from './shardOrder.ts';

export interface ShardAccount {
  readonly violations: readonly string[];
  /** Figures for people. */
  readonly summary: string;
  readonly duplicates: readonly Again[];
  readonly discarded: number;
}

const checkers = [
  lost,
  invented,
  storedTwice,
  outOfOrder,
  childrenFirst,
  overlapping,
  crowded,
  againWithoutFault,
  unexplained,
  discardedAgain,
] as const;

export function shardAccountFor(evidence: ShardEvidence): ShardAccount {
  const { put, stored, calls, discarded } = evidence;
  const duplicates = againOf(evidence);
  const perhaps = put.filter(({ confirmed }) => !confirmed).length;
  const handled = finishedIds(evidence);
  const summary =
    `${put.length - perhaps} put (and perhaps ${perhaps}) = ${stored.length} stored = ${handled.size} handled, ` +
    `${stored.length - handled.size} discarded; ${calls.length} calls, ${duplicates.length} came again`;
  const violations = checkers.flatMap((check) => check(evidence));
  return { violations, summary, duplicates, discarded: discarded.length };
}

/** Everything that some call was about to answer for. */
export function finishedIds({ calls }: Pick<ShardEvidence, 'calls'>): Set<string> {
  const ids = new Set<string>();
  for (const { records, done } of calls) for (const { id } of records.slice(0, done)) ids.add(id);
  return ids;
}

export function isDiscarded({ stream, shard, seq }: Stored, { discarded }: Pick<ShardEvidence, 'discarded'>): boolean {
  return discarded.some((one) => one.stream === stream && one.shard === shard && isBetween(seq, one.first, one.last));
}

export function lost(evidence: ShardEvidence): string[] {
  const there = new Set(evidence.stored.map(({ id }) => id));
  const gone = evidence.put.flatMap(({ id, stream, confirmed }) =>
    confirmed && !there.has(id) ? [`${id} was put and is not in ${stream}`] : [],
  );
  const handled = finishedIds(evidence);
  const left = evidence.stored.filter((record) => !handled.has(record.id) && !isDiscarded(record, evidence));
  return [...gone, ...left.map(({ id, shard }) => `${id} of ${shard} is neither handled nor discarded`)];
}

export function invented({ put, stored, calls }: ShardEvidence): string[] {
  const known = new Set(put.map(({ id }) => id));
  const there = new Map(stored.map(({ id, seq }) => [id, seq]));
  const strange = stored.flatMap(({ id }) => (known.has(id) ? [] : [`${id} is stored and was never put`]));
  const other = calls.flatMap(({ id: call, records }) =>
    records.flatMap(({ id, seq }) =>
      there.get(id) === seq ? [] : [`call ${call} had ${id} as ${seq}, not as stored`],
    ),
  );
  return [...strange, ...other];
}

export function storedTwice({ stored }: ShardEvidence): string[] {
  const seen = new Set<string>();
  return stored.flatMap(({ id }) => {
    if (seen.has(id)) return [`${id} is stored twice`];
    seen.add(id);
    return [];
  });
}

export function overlapping(evidence: ShardEvidence): string[] {
  const busy = new Map<string, { readonly call: ShardCall; readonly untilMs: MachineMs }>();
  return evidence.calls.flatMap((call) => {
    const found: string[] = [];
    const untilMs = overMs(call, evidence);
    for (const key of new Set(call.records.map((record) => record.key))) {
      const name = `${call.function}/${key}`;
      const before = busy.get(name);
      if (before && before.untilMs > call.startedMs) {
        const byMs = (before.untilMs - call.startedMs).toFixed(1);
        found.push(`calls ${before.call.id} and ${call.id} had records of ${key} at once, for ${byMs} ms`);
      }
      if (!before || before.untilMs < untilMs) busy.set(name, { call, untilMs });
    }
    return found;
  });
}

export function crowded(evidence: ShardEvidence): string[] {
  const shards = new Map(evidence.stored.map(({ id, shard }) => [id, shard]));
  const running = new Map<string, MachineMs[]>();
  return evidence.calls.flatMap((call) => {
    const shard = shards.get(call.records[0]?.id ?? '');
    if (shard === undefined) return [];
    const name = `${call.function}/${shard}`;
    const still = (running.get(name) ?? []).filter((untilMs) => untilMs > call.startedMs);
    running.set(name, [...still, overMs(call, evidence)]);
    const factor = evidence.lines.get(call.function)?.factor ?? 1;
    return still.length < factor ? [] : [`call ${call.id} made ${still.length + 1} of ${name} at once (${factor})`];
  });
}

export interface Again {
  readonly id: string;
  readonly first: ShardCall;
  readonly second: ShardCall;
}

/** Records that came again although they had been handled, or their call was cut short. */
function againOf({ calls }: Pick<ShardEvidence, 'calls'>): Again[] {
  const before = new Map<string, ShardCall>();
  return calls.flatMap((call) => {
    const again = call.records.flatMap(({ id }) => {
      const first = before.get(id);
      return first ? [{ id, first, second: call }] : [];
    });
    const open = call.ended ? call.records.slice(0, call.done) : call.records;
    for (const { id } of open) before.set(id, call);
    return again;
  });
}

export function againWithoutFault(evidence: ShardEvidence): string[] {
  return againOf(evidence).flatMap(({ id, first, second }) => {
    const excuse = evidence.halts.some(
      ({ fromMs, untilMs }) => fromMs <= second.startedMs && untilMs >= first.startedMs,
    );
    return excuse ? [] : [`${id} of call ${first.id} came again in ${second.id} without any fault`];
  });
}

/** What a process had to say in its last moments went with it; and while Redis was away nobody heard anything. */
const UNHEARD_MS = { kill: 500, redis: 2000 };

export function unexplained(evidence: ShardEvidence): string[] {
  const shards = new Map(evidence.stored.map(({ id, shard }) => [id, shard]));
  return againOf(evidence).flatMap(({ id, first, second }) => {
    const isReason = evidence.reasons.some(
      ({ atMs, stream, shard }) =>
        stream === second.function && shard === shards.get(id) && atMs >= first.startedMs && atMs <= second.startedMs,
    );
    const unheard = evidence.halts.some(({ pid, fromMs, untilMs }) => {
      const { startedMs } = second;
      if (pid === undefined) return fromMs <= startedMs && startedMs <= untilMs + UNHEARD_MS.redis;
      return fromMs >= startedMs && fromMs <= startedMs + UNHEARD_MS.kill;
    });
    return isReason || unheard ? [] : [`no line of the trace says why ${id} came again in ${second.id}`];
  });
}

/** A delivery is made twice only when whoever made it was halted. */
export function discardedAgain({ discarded, halts }: ShardEvidence): string[] {
  const seen = new Set<string>();
  return discarded.flatMap(({ stream, shard, first, last }) => {
    const name = `${stream}/${shard} ${first}-${last}`;
    if (seen.has(name) && halts.length === 0) return [`${name} was discarded twice`];
    seen.add(name);
    return [];
  });
}
