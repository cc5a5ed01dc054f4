/**
 * One step of a mapping: which pollers there are, and how much they may do. Synchronous; told the time.
 *
 * 1. A disabled mapping opens nothing; what it had opened is drained.
 * 2. A poller is opened only when none of that name is there.
 * 3. A shard is opened at most once unless it was drained; what has ended is never opened again while it is listed.
 */
import { isKafka, isQueue, isSharded } from '../poller/config.ts';
import type { Step } from '../poller/facts.ts';
import type { RuleId } from '../rules/index.ts';
import type { Millis } from '../vocabulary.ts';
import type { MappingFact, MappingOrder } from './facts.ts';
import { follow, forgetEnded, LIST_EVERY_MS } from './lineage.ts';
import { lagMeasured, memberClosed, partitionsAdded, startMembers } from './members.ts';
import type { MappingPolicy } from './policy.ts';
import { batchFailed, restartSlots, slotBusy, slotIdle, slotsDue, startSlots, tickSlots } from './slots.ts';
import type { MappingState } from './state.ts';

/** Tells a mapping what happened. `now` never goes back. */
export function stepMapping(state: MappingState, fact: MappingFact, now: Millis): Step<MappingOrder> {
  const orders: MappingOrder[] = [];
  handle(state, fact, now, orders);
  if (isQueue(state.policy.kind)) tickSlots(state, now, orders);
  const wakeAt = isQueue(state.policy.kind) ? slotsDue(state) : undefined;
  return wakeAt === undefined ? { orders } : { orders, wakeAt };
}

function handle(state: MappingState, fact: MappingFact, now: Millis, orders: MappingOrder[]): void {
  switch (fact.what) {
    case 'resumed':
      if (fact.firstShards) state.firstShards ??= new Set(fact.firstShards);
      for (const shard of fact.ended) state.ended.add(shard);
      break;
    case 'enabled':
      if (!state.running) start(state, fact.partitions ?? 1, now, orders);
      break;
    case 'disabled':
      if (state.running) stop(state, 'mapping.disabled-finishes-what-runs', orders);
      break;
    case 'reconfigured':
      reconfigure(state, fact.policy, fact.repartition, now, orders);
      break;
    case 'discovered':
      if (state.running) discovered(state, fact.shards, now, orders);
      break;
    case 'pollerClosed':
      pollerClosed(state, fact.poller, fact.ended, now, orders);
      break;
    case 'slotBusy':
      slotBusy(state, fact.poller, now, orders);
      break;
    case 'slotIdle':
      slotIdle(state, fact.poller, now);
      break;
    case 'batchFailed':
      batchFailed(state, now, orders);
      break;
    case 'partitionsAdded':
      if (state.running) partitionsAdded(state, fact.partitions, orders);
      break;
    case 'lagMeasured':
      lagMeasured(state, fact, now, orders);
      break;
    case 'woke':
      break;
  }
}

function start(state: MappingState, partitions: number, now: Millis, orders: MappingOrder[]): void {
  state.running = true;
  if (isKafka(state.policy.kind)) startMembers(state, partitions, now, orders);
  else if (state.pollers.size > 0) return;
  else if (isQueue(state.policy.kind)) restartSlots(state, now, orders);
  else orders.push({ do: 'discover', notBefore: now });
}

function stop(state: MappingState, rule: RuleId, orders: MappingOrder[]): void {
  state.running = false;
  state.granted = 0;
  delete state.wanted;
  delete state.saturatedSinceMs;
  delete state.idleSinceMs;
  drainAll(state, rule, orders);
}

function drainAll(state: MappingState, rule: RuleId, orders: MappingOrder[]): void {
  for (const [poller, phase] of state.pollers) {
    if (phase === 'open') orders.push({ do: 'drainPoller', poller, rule });
    state.pollers.set(poller, 'draining');
  }
}

function reconfigure(
  state: MappingState,
  policy: MappingPolicy,
  repartition: boolean,
  now: Millis,
  orders: MappingOrder[],
): void {
  const before = state.policy;
  state.policy = policy;
  if (!state.running) return;
  if (repartition) {
    drainAll(state, 'mapping.factor-change-drains-first', orders);
    return;
  }
  for (const poller of state.pollers.keys()) {
    orders.push({ do: 'configurePoller', poller, rule: 'mapping.update-keeps-what-is-in-progress' });
  }
  if (isQueue(policy.kind) && scalesOtherwise(before, policy)) rescale(state, now, orders);
}

function scalesOtherwise(before: MappingPolicy, after: MappingPolicy): boolean {
  return before.most !== after.most || before.least !== after.least || before.provisioned !== after.provisioned;
}

/** A queue mapping under a new limit starts its ramp again; slots beyond it stop reading. */
function rescale(state: MappingState, now: Millis, orders: MappingOrder[]): void {
  const granted = state.granted;
  state.level = Math.max(state.policy.start, Math.min(state.policy.most, state.level));
  startSlots(state, now, orders);
  for (let index = state.granted; index < granted; index += 1) {
    orders.push({
      do: 'setAllowance',
      poller: `slot-${index}`,
      batches: 0,
      rule: 'mapping.update-keeps-what-is-in-progress',
    });
  }
}

function discovered(
  state: MappingState,
  shards: Extract<MappingFact, { what: 'discovered' }>['shards'],
  now: Millis,
  orders: MappingOrder[],
): void {
  follow(state, shards, orders);
  forgetEnded(state, now, orders);
  orders.push({ do: 'discover', notBefore: now + LIST_EVERY_MS });
}

function pollerClosed(state: MappingState, poller: string, ended: boolean, now: Millis, orders: MappingOrder[]): void {
  state.pollers.delete(poller);
  state.idle.delete(poller);
  if (ended) state.ended.add(poller);
  if (!state.running) return;
  if (isSharded(state.policy.kind)) orders.push({ do: 'discover', notBefore: now });
  else if (isKafka(state.policy.kind)) memberClosed(state, poller, orders);
  else if (state.pollers.size === 0) restartSlots(state, now, orders);
}
