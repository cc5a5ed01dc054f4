/**
 * Polling slots of a queue: how many may work. Growth is steady while every slot finds messages; function errors halve
 * what is allowed, and time gives it back. MaximumConcurrency is kept by not reading.
 */
import type { RuleId } from '../rules/index.ts';
import type { Millis } from '../vocabulary.ts';
import type { MappingOrder } from './facts.ts';
import type { MappingState } from './state.ts';

/** Concurrent batches that come back per second after errors: rule `sqs.concurrency-recovers-with-time`. */
const RECOVERY_PER_SECOND = 110;
const IDLE_SHRINK_MS = 60_000;
const IDLE_POLLERS = 2;

function slotName(index: number): string {
  return `slot-${index}`;
}

/** Begins to ramp up from the start: what was reached or lost before is forgotten. */
export function restartSlots(state: MappingState, now: Millis, orders: MappingOrder[]): void {
  state.level = state.policy.start;
  state.errorCap = Number.POSITIVE_INFINITY;
  state.grownAtMs = Number.NEGATIVE_INFINITY;
  delete state.idleSinceMs;
  startSlots(state, now, orders);
}

export function startSlots(state: MappingState, now: Millis, orders: MappingOrder[]): void {
  state.idle.clear();
  state.granted = 0;
  delete state.saturatedSinceMs;
  grant(state, now, startRule(state), orders, false);
}

function startRule(state: MappingState): RuleId {
  const { policy } = state;
  if (policy.limited) return 'sqs.maximum-concurrency-stops-reading';
  if (policy.provisioned) return 'sqs.provisioned-pollers-scale';
  return policy.kind === 'sqs-fifo' ? 'sqs.fifo-scales-with-groups' : 'sqs.scales-by-steady-steps';
}

/** A slot found messages. When all did, growth begins; a FIFO mapping grows at once. */
export function slotBusy(state: MappingState, poller: string, now: Millis, orders: MappingOrder[]): void {
  if (!isGranted(state, poller)) return;
  state.idle.delete(poller);
  delete state.idleSinceMs;
  if (state.idle.size > 0 || !state.running) return;
  state.saturatedSinceMs ??= now;
  grow(state, now, orders);
}

/** A slot found nothing and waits. */
export function slotIdle(state: MappingState, poller: string, now: Millis): void {
  if (!isGranted(state, poller)) return;
  state.idle.add(poller);
  delete state.saturatedSinceMs;
  if (state.idle.size >= state.granted) state.idleSinceMs ??= now;
}

/** A slot that was told to stop may still tell what it found: that says nothing about the others. */
function isGranted(state: MappingState, poller: string): boolean {
  return Number(poller.slice('slot-'.length)) < state.granted;
}

/** A function error halves what is allowed. */
export function batchFailed(state: MappingState, now: Millis, orders: MappingOrder[]): void {
  if (!state.policy.backsOff || !state.running) return;
  recover(state, now, orders);
  const before = Math.min(state.level, state.errorCap);
  state.errorCap = Math.max(state.policy.least, before / 2);
  state.recoveredAtMs = now;
  grant(state, now, 'sqs.errors-halve-concurrency', orders);
}

/** What time alone changes. */
export function tickSlots(state: MappingState, now: Millis, orders: MappingOrder[]): void {
  if (!state.running) return;
  recover(state, now, orders);
  grow(state, now, orders);
  shrink(state, now, orders);
}

/** When time alone will change something next. */
export function slotsDue(state: MappingState): Millis | undefined {
  if (!state.running) return undefined;
  const due = [growthDue(state), recoveryDue(state), shrinkDue(state)].filter((at) => at !== undefined);
  return due.length === 0 ? undefined : Math.min(...due);
}

function growthDue(state: MappingState): Millis | undefined {
  const { policy, saturatedSinceMs } = state;
  if (saturatedSinceMs === undefined || state.level >= policy.most || policy.perSecond === 0) return undefined;
  if (state.granted < Math.floor(state.level)) return undefined;
  return Math.max(saturatedSinceMs, state.grownAtMs) + 1000 / policy.perSecond;
}

function grow(state: MappingState, now: Millis, orders: MappingOrder[]): void {
  const due = growthDue(state);
  if (due === undefined || now < due) return;
  state.level = Math.min(state.policy.most, state.level + 1);
  state.grownAtMs = due;
  grant(state, now, startRule(state), orders);
}

function recoveryDue(state: MappingState): Millis | undefined {
  if (state.errorCap >= state.level) return undefined;
  const missing = Math.floor(state.errorCap) + 1 - state.errorCap;
  return state.recoveredAtMs + Math.ceil((missing * 1000) / RECOVERY_PER_SECOND);
}

function recover(state: MappingState, now: Millis, orders: MappingOrder[]): void {
  if (state.errorCap >= state.level) return;
  state.errorCap += ((now - state.recoveredAtMs) * RECOVERY_PER_SECOND) / 1000;
  state.recoveredAtMs = now;
  if (state.errorCap >= state.level) state.errorCap = Number.POSITIVE_INFINITY;
  grant(state, now, 'sqs.concurrency-recovers-with-time', orders);
}

function shrinkDue(state: MappingState): Millis | undefined {
  if (!state.policy.shrinks || state.idleSinceMs === undefined || state.level <= IDLE_POLLERS) return undefined;
  return state.idleSinceMs + IDLE_SHRINK_MS;
}

function shrink(state: MappingState, now: Millis, orders: MappingOrder[]): void {
  const due = shrinkDue(state);
  if (due === undefined || now < due) return;
  state.level = IDLE_POLLERS;
  grant(state, now, 'sqs.idle-mapping-shrinks', orders);
}

/** Brings the number of working pollers to what is allowed now. */
function grant(state: MappingState, now: Millis, rule: RuleId, orders: MappingOrder[], noted = true): void {
  const to = Math.max(state.policy.least > 0 ? 1 : 0, Math.floor(Math.min(state.level, state.errorCap)));
  const from = state.granted;
  if (to === from) return;
  state.granted = to;
  for (let index = from; index < to; index += 1) allow(state, slotName(index), rule, orders);
  for (let index = to; index < from; index += 1) forbid(state, slotName(index), rule, orders);
  if (to > from) delete state.saturatedSinceMs;
  if (state.idle.size === 0 && to < from) state.saturatedSinceMs ??= now;
  if (noted) orders.push({ do: 'note', rule, from, to });
}

/** A new slot counts as idle until its first poll has been answered. */
function allow(state: MappingState, poller: string, rule: RuleId, orders: MappingOrder[]): void {
  state.idle.add(poller);
  if (state.pollers.has(poller)) {
    orders.push({ do: 'setAllowance', poller, batches: state.policy.batchesPerPoller, rule });
    return;
  }
  state.pollers.set(poller, 'open');
  orders.push({ do: 'openPoller', poller, from: 'start', rule });
}

function forbid(state: MappingState, poller: string, rule: RuleId, orders: MappingOrder[]): void {
  state.idle.delete(poller);
  orders.push({ do: 'setAllowance', poller, batches: 0, rule });
}
