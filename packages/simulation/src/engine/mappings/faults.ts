/** Faults that take a mapping's pollers away and open them again: a crash, and a rebalance of the consumer group. */
import { isKafka, isQueue, type Millis, type RuleId } from '@millrace/semantics';
import type { World } from '../world.ts';
import type { MappingRun } from './mappingRun.ts';
import type { PollerRun } from './pollerRun.ts';

/**
 * Every poller loses what it has not saved, and starts again from what it has. Where a lost attempt may still be
 * running, its records wait for its end: those of its shard, or of the whole group, whose partitions may have moved.
 */
export function crashPollers(world: World, mapping: MappingRun): void {
  const pollers = [...mapping.pollers.values()];
  const all = new Set([...pollers, ...mapping.attempts.pollers()]);
  const ends = new Map([...all].map((poller) => [poller, mapping.attempts.abandon(poller)]));
  for (const poller of all) poller.kill();
  mapping.reader.regroup?.();
  const { kind } = mapping.settings;
  const last = Math.max(...ends.values());
  const busyUntil = (poller: PollerRun) => (isKafka(kind) ? last : isQueue(kind) ? undefined : ends.get(poller));
  reopen(world, mapping, pollers, 'checkpoint.saved-cut-is-ordered-again', busyUntil);
}

/** Kafka: the group forms anew. What runs may finish, but what it did can no longer be committed. */
export function rebalancePollers(world: World, mapping: MappingRun): void {
  const pollers = [...mapping.pollers.values()];
  const last = Math.max(...mapping.attempts.pollers().map((poller) => mapping.attempts.busyUntil(poller)));
  for (const poller of pollers) {
    poller.superseded = true;
    world.agenda.soon(() => poller.tell({ what: 'drainRequested' }));
  }
  mapping.reader.regroup?.();
  reopen(world, mapping, pollers, 'kafka.rebalance-drops-what-is-held', () => last);
}

/** What the mapping had ordered of a poller holds for the one in its place, too. */
function reopen(
  world: World,
  mapping: MappingRun,
  pollers: readonly PollerRun[],
  rule: RuleId,
  busyUntil: (poller: PollerRun) => Millis | undefined,
): void {
  for (const before of pollers) {
    const again = mapping.openPoller(before.poller, rule, busyUntil(before));
    const { allowance, draining } = before;
    again.allowance = allowance;
    again.draining = draining;
    if (allowance !== undefined) {
      world.agenda.soon(() => again.tell({ what: 'allowanceChanged', batches: allowance }));
    }
    if (draining) world.agenda.soon(() => again.tell({ what: 'drainRequested' }));
  }
}
