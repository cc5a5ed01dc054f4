/** Order, as the functions' own log shows it: of the records of each key, and of parents and children. */
import type { MachineMs } from './evidence.ts';
import { isBetween, overMs, type ShardCall, type ShardEvidence, type Stored } from './shardEvidence.ts';

/** When each record was finished: at the first success that was about to be answered, or after its last call. */
function finishes(evidence: ShardEvidence): (record: Stored) => MachineMs | undefined {
  const handled = new Map<string, MachineMs>();
  const last = new Map<string, MachineMs>();
  for (const call of evidence.calls) {
    for (const [at, { id }] of call.records.entries()) {
      const untilMs = overMs(call, evidence);
      if (at < call.done) handled.set(id, Math.min(call.seenMs, handled.get(id) ?? Number.POSITIVE_INFINITY));
      last.set(id, Math.max(untilMs, last.get(id) ?? Number.NEGATIVE_INFINITY));
    }
  }
  return (record) => {
    const { id, stream, shard, seq } = record;
    const atMs = handled.get(id);
    if (atMs !== undefined) return atMs;
    const isGivenUp = evidence.discarded.some(
      (one) => one.stream === stream && one.shard === shard && isBetween(seq, one.first, one.last),
    );
    // One that was too old before its first call had none.
    return isGivenUp ? (last.get(id) ?? Number.NEGATIVE_INFINITY) : undefined;
  };
}

interface KeyWalk {
  /** In the order in which they were put. */
  readonly records: readonly Stored[];
  readonly places: ReadonlyMap<string, number>;
  /** All before this place were finished when a call began. */
  proven: number;
  /** The first record of the furthest call. */
  furthest: { readonly at: number; readonly call: string };
}

export function outOfOrder(evidence: ShardEvidence): string[] {
  const walks = walksOf(evidence);
  const finishOf = finishes(evidence);
  return evidence.calls.flatMap((call) => {
    const found: string[] = [];
    for (const key of new Set(call.records.map((record) => record.key))) {
      const walk = walks.get(`${call.function}/${key}`);
      if (walk) found.push(...checkCall(call, key, walk, finishOf));
    }
    return found;
  });
}

function checkCall(
  call: ShardCall,
  key: string,
  walk: KeyWalk,
  finishOf: (record: Stored) => MachineMs | undefined,
): string[] {
  const places = call.records.flatMap((record) => (record.key === key ? [walk.places.get(record.id) ?? -1] : []));
  const found: string[] = [];
  for (const [at, place] of places.entries()) {
    const before = places[at - 1];
    if (before !== undefined && place <= before) found.push(`call ${call.id} has records of ${key} in another order`);
  }
  const first = places[0] ?? 0;
  for (; walk.proven < first; walk.proven += 1) {
    const earlier = walk.records[walk.proven];
    const finishMs = earlier && finishOf(earlier);
    if (earlier && (finishMs === undefined || finishMs > call.startedMs))
      found.push(`call ${call.id} began with ${call.records[0]?.id} when ${earlier.id} of ${key} was not finished`);
  }
  if (first < walk.furthest.at)
    found.push(`call ${call.id} goes back to ${walk.records[first]?.id} of ${key}, behind call ${walk.furthest.call}`);
  else walk.furthest = { at: first, call: call.id };
  return found;
}

/** Records of a key are put one after the other, with ids that count up. */
function walksOf({ stored }: ShardEvidence): Map<string, KeyWalk> {
  const lists = new Map<string, Stored[]>();
  for (const record of stored) {
    const name = `${record.stream}/${record.key}`;
    lists.set(name, [...(lists.get(name) ?? []), record]);
  }
  const walks = new Map<string, KeyWalk>();
  for (const [name, list] of lists) {
    const records = list.sort((a, b) => (a.id < b.id ? -1 : 1));
    const places = new Map(records.map(({ id }, at) => [id, at]));
    walks.set(name, { records, places, proven: 0, furthest: { at: 0, call: '' } });
  }
  return walks;
}

/** A shard's records are begun only after its parents' are finished. */
export function childrenFirst(evidence: ShardEvidence): string[] {
  const finishOf = finishes(evidence);
  const shards = new Map(evidence.stored.map((record) => [record.id, record.shard]));
  const begins = new Map<string, ShardCall>();
  for (const call of evidence.calls) {
    const shard = shards.get(call.records[0]?.id ?? '');
    const name = `${call.function}/${shard}`;
    if (shard !== undefined && !begins.has(name)) begins.set(name, call);
  }
  return evidence.stored.flatMap((record) => {
    const { id, stream, shard } = record;
    const children = [...(evidence.lines.get(stream)?.parents ?? [])].filter(([, parents]) => parents.includes(shard));
    const finishMs = finishOf(record) ?? Number.POSITIVE_INFINITY;
    return children.flatMap(([child]) => {
      const begun = begins.get(`${stream}/${child}`);
      if (!begun || begun.startedMs >= finishMs) return [];
      return [`call ${begun.id} had records of ${child} when ${id} of its parent ${shard} was not finished`];
    });
  });
}
