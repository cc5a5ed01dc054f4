/** Random events and faults; each scenario takes those that its source knows. */
import type { EventDocument } from '@millrace/simulation';
import fc from 'fast-check';
import { isQueueKind, isStreamKind, isTopicKind, type Kind } from './kinds.ts';
import { changeable, changes, type RawMapping, rawMapping } from './mappings.ts';
import { sourceName } from './sources.ts';
import { duration, instantMs, MINUTE, SECOND } from './times.ts';

export interface RawEvent {
  readonly atMs: number;
  readonly do: EventDocument['do'];
  /** Of several mappings or functions, which. */
  readonly which: number;
  readonly forMs: number;
  readonly amount: number;
  readonly mapping: RawMapping;
  readonly changed: (typeof changeable)[number][];
}

const rawEvent: fc.Arbitrary<RawEvent> = fc.record({
  atMs: instantMs,
  do: fc.constantFrom<EventDocument['do'][]>(
    'update-mapping',
    'disable',
    'enable',
    'delete-mapping',
    'crash-poller',
    'crash-poller',
    'rebalance',
    'split-shard',
    'merge-shards',
    'add-partitions',
    'purge',
    'fail-destination',
    'throttle-function',
    'set-concurrency',
    'call',
  ),
  which: fc.integer({ min: 0, max: 1 }),
  forMs: fc.constantFrom(SECOND, 5 * SECOND, MINUTE, 10 * MINUTE),
  amount: fc.integer({ min: 0, max: 3 }),
  mapping: rawMapping,
  changed: fc.subarray([...changeable], { maxLength: 4 }),
});

export const rawEvents = fc.array(rawEvent, { maxLength: 4 });

export interface Cast {
  readonly kind: Kind;
  readonly mappings: readonly string[];
  readonly functions: readonly string[];
}

export function eventDocuments(raw: RawEvent, cast: Cast): EventDocument[] {
  const event = eventDocument(raw, cast);
  return event ? [{ at: duration(raw.atMs), ...event } as EventDocument] : [];
}

function eventDocument(raw: RawEvent, { kind, mappings, functions }: Cast): object | undefined {
  const mapping = mappings[raw.which % mappings.length];
  const run = functions[raw.which % functions.length];
  const source = sourceName(kind);
  switch (raw.do) {
    case 'update-mapping':
      return { do: raw.do, mapping, set: changes(kind, raw.mapping, raw.changed) };
    case 'disable':
    case 'enable':
    case 'delete-mapping':
    case 'crash-poller':
      return { do: raw.do, mapping };
    case 'rebalance':
      return isTopicKind(kind) ? { do: raw.do, mapping } : undefined;
    case 'split-shard':
    case 'merge-shards':
      return isStreamKind(kind) ? { do: raw.do, source } : undefined;
    case 'add-partitions':
      return isTopicKind(kind) ? { do: raw.do, source, count: raw.amount + 1 } : undefined;
    case 'purge':
      return isQueueKind(kind) ? { do: raw.do, source } : undefined;
    case 'fail-destination':
      return { do: raw.do, for: duration(raw.forMs) };
    case 'throttle-function':
      return { do: raw.do, function: run, for: duration(raw.forMs) };
    case 'set-concurrency':
      return { do: raw.do, function: run, reservedConcurrency: raw.amount };
    case 'call':
      return { do: raw.do, api: 'ListEventSourceMappings' };
  }
}
