/** Events and faults: their references by index, their times in milliseconds. */
import { defined } from '../defined.ts';
import type { EventDocument } from '../document.ts';
import { type EventPlan, isQueue, isTopic, type SourcePlan } from '../plan.ts';
import type { Path } from '../problems.ts';
import { type Context, ms, type Named, refer } from './context.ts';

export interface EventParties {
  readonly sources: readonly SourcePlan[];
  readonly functions: Named;
  readonly mappings: Named;
}

/** What only virtual time can do: a consumer group rebalances when its members come and go. */
const VIRTUAL_ONLY: ReadonlySet<EventDocument['do']> = new Set(['rebalance']);

export function resolveEvent(event: EventDocument, path: Path, parties: EventParties, context: Context): EventPlan {
  if (context.plays && VIRTUAL_ONLY.has(event.do)) {
    context.report(
      [...path, 'do'],
      `cannot be \`${event.do}\` in a live run: \`millrace run\` can do it, in virtual time`,
    );
  }
  const atMs = ms(event.at, 0);
  switch (event.do) {
    case 'update-mapping':
      return { atMs, do: event.do, mapping: mappingOf(event, path, parties, context), set: { ...event.set } };
    case 'disable':
    case 'enable':
    case 'delete-mapping':
    case 'crash-poller':
    case 'rebalance':
      return { atMs, do: event.do, mapping: mappingOf(event, path, parties, context) };
    case 'split-shard':
    case 'merge-shards':
    case 'add-partitions':
    case 'purge':
      return { atMs, ...sourceEvent(event, path, parties, context) };
    default:
      return { atMs, ...otherEvent(event, path, parties, context) };
  }
}

type Untimed<T> = T extends unknown ? Omit<T, 'atMs'> : never;
type SourceEvent = Extract<EventDocument, { do: 'split-shard' | 'merge-shards' | 'add-partitions' | 'purge' }>;
type OtherEvent = Extract<EventDocument, { do: 'fail-destination' | 'throttle-function' | 'set-concurrency' | 'call' }>;

function mappingOf(event: { readonly mapping?: string }, path: Path, parties: EventParties, context: Context): number {
  return refer(parties.mappings, event.mapping, path, 'mapping', context.report);
}

function sourceEvent(event: SourceEvent, path: Path, parties: EventParties, context: Context): Untimed<EventPlan> {
  const source = sourceOf(event, path, parties, context);
  switch (event.do) {
    case 'split-shard':
      return { do: event.do, source, ...defined({ shard: event.shard }) };
    case 'merge-shards':
      return { do: event.do, source, ...defined({ shards: event.shards }) };
    case 'add-partitions':
      return { do: event.do, source, count: event.count ?? 1 };
    case 'purge':
      return { do: event.do, source };
  }
}

/** An event that only some sources know means the only such source there is. */
function sourceOf(event: SourceEvent, path: Path, parties: EventParties, context: Context): number {
  const fits = parties.sources.map((source) => knows(source, event.do));
  const candidates = parties.sources.flatMap((source, index) => (fits[index] ? [source.name] : []));
  const names = parties.sources.map((source) => source.name);
  if (event.source === undefined && candidates.length > 0) {
    const chosen = refer({ what: 'source', names: candidates }, undefined, path, 'source', context.report);
    return names.indexOf(candidates[chosen]!);
  }
  const index = refer({ what: 'source', names }, event.source, path, 'source', context.report);
  const source = parties.sources[index];
  if (source !== undefined && fits[index] === false) {
    context.report([...path, 'do'], `cannot be \`${event.do}\` with a source of type ${source.type}`);
  }
  return index;
}

function knows(source: SourcePlan, event: SourceEvent['do']): boolean {
  if (event === 'purge') return isQueue(source);
  if (event === 'add-partitions') return isTopic(source);
  return source.type === 'kinesis' || source.type === 'dynamodb';
}

function otherEvent(event: OtherEvent, path: Path, parties: EventParties, context: Context): Untimed<EventPlan> {
  switch (event.do) {
    case 'fail-destination':
      return { do: event.do, ...defined({ destination: event.destination }), forMs: ms(event.for, 0) };
    case 'throttle-function':
      return { do: event.do, function: functionOf(event, path, parties, context), forMs: ms(event.for, 0) };
    case 'set-concurrency':
      return { do: event.do, ...concurrency(event, path, parties, context) };
    case 'call':
      return { do: event.do, call: { api: event.api, with: event.with ?? {}, ...defined({ expect: event.expect }) } };
  }
}

function functionOf(
  event: { readonly function?: string },
  path: Path,
  parties: EventParties,
  context: Context,
): number {
  return refer(parties.functions, event.function, path, 'function', context.report);
}

/** `concurrency` is the function's when a function is named, else the account's. */
function concurrency(
  event: Extract<EventDocument, { do: 'set-concurrency' }>,
  path: Path,
  parties: EventParties,
  context: Context,
): { function: number; reserved?: number; account?: number } {
  const named = event.function !== undefined;
  const reserved = event.reservedConcurrency ?? event.reserved ?? (named ? event.concurrency : undefined);
  const account = event.account ?? (named ? undefined : event.concurrency);
  if (reserved === undefined && account === undefined) {
    context.report(path, 'needs `reservedConcurrency` (of the function) or `account` (of the region)');
  }
  const index = reserved === undefined && !named ? 0 : functionOf(event, path, parties, context);
  return { function: index, ...defined({ reserved, account }) };
}
