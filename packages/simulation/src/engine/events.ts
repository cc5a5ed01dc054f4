/** Events and faults of the file, at their time. */
import { callControl, callOfEvent } from '../control/calls.ts';
import type { EventPlan } from '../scenario/plan.ts';
import { changeConcurrency } from './functions/account.ts';
import { crashPollers, rebalancePollers } from './mappings/faults.ts';
import type { MappingRun } from './mappings/mappingRun.ts';
import { RefusedEvent } from './refusedEvent.ts';
import type { QueueRun } from './sources/queue.ts';
import type { World } from './world.ts';

export function happen(world: World, event: EventPlan): void {
  const { atMs: _, ...data } = event;
  const mapping = 'mapping' in event ? mappingOf(world, event.mapping) : undefined;
  const at = world.agenda.nowMs;
  world.recorder.emit({ at, what: 'event', ...(mapping && { mapping: mapping.index }), data: { ...data } });
  carryOut(world, event, mapping);
}

/** A mapping that was refused at the start has no run; events on it change nothing. */
function mappingOf(world: World, index: number): MappingRun | undefined {
  const name = world.plan.mappings[index]?.name;
  return world.mappings.find((mapping) => mapping.name === name);
}

function carryOut(world: World, event: EventPlan, mapping: MappingRun | undefined): void {
  const call = callOfEvent(event, () => mapping?.uuid);
  if (call === undefined) befall(world, event, mapping);
  else if (call !== 'no-mapping') callControl(world, call);
}

/** What nobody has called for. */
function befall(world: World, event: EventPlan, mapping: MappingRun | undefined): void {
  switch (event.do) {
    case 'crash-poller':
      if (mapping?.running) crashPollers(world, mapping);
      break;
    case 'rebalance':
      if (mapping?.running) rebalancePollers(world, mapping);
      break;
    case 'throttle-function':
      throttle(world, event.function, event.forMs);
      break;
    case 'set-concurrency':
      changeConcurrency(world.account, world.functions[event.function]?.counts, event);
      break;
    case 'fail-destination':
      world.failDestination(event.destination, world.agenda.nowMs + event.forMs);
      break;
    case 'split-shard':
    case 'merge-shards':
    case 'add-partitions':
    case 'purge':
      changeSource(world, event);
      break;
  }
}

function throttle(world: World, index: number, forMs: number): void {
  const run = world.functions[index];
  if (run) run.throttledUntilMs = world.agenda.nowMs + forMs;
}

function changeSource(
  world: World,
  event: EventPlan & { do: 'split-shard' | 'merge-shards' | 'add-partitions' | 'purge' },
): void {
  const source = world.sources.runs[event.source];
  if (event.do === 'add-partitions') {
    if (source?.kind === 'topic') source.run.addPartitions(event.count);
    return;
  }
  if (event.do === 'purge') {
    if (source?.kind === 'queue') purge(world, source.run);
    return;
  }
  if (source?.kind !== 'kinesis' && source?.kind !== 'dynamodb') return;
  const outcome = event.do === 'split-shard' ? source.run.split(event.shard) : source.run.merge(event.shards);
  if (outcome.kind === 'refused') throw new RefusedEvent(outcome.code, outcome.message);
  const data = { closed: outcome.closed.map(({ id }) => id), opened: outcome.opened.map(({ id }) => id) };
  world.recorder.emit({ at: world.agenda.nowMs, what: 'event', rule: outcome.rule, data: { do: event.do, ...data } });
}

function purge(world: World, queue: QueueRun): void {
  const { ordinals, rule } = queue.purge();
  world.recorder.emit({ at: world.agenda.nowMs, what: 'removed', records: ordinals, rule, data: { fate: 'removed' } });
}
