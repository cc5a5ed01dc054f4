/**
 * A mapping's states: Creating, Enabling, Enabled, Disabling, Disabled, Updating, Deleting, gone. Pure: the time is
 * handed in, every function returns a new value. Invariants:
 * 1. Only Enabled and Disabled are settled; every other state has a `next` that is due at a known instant.
 * 2. A state in transition refuses update and delete.
 */
import type { RuleId } from '../rules/index.ts';
import type { Millis, SourceKind } from '../vocabulary.ts';

/** A mapping's state, as AWS names it. */
export type LifecycleState = 'Creating' | 'Enabling' | 'Enabled' | 'Disabling' | 'Disabled' | 'Updating' | 'Deleting';

/** Where a transition leads. */
export type SettledState = 'Enabled' | 'Disabled' | 'gone';

/** Where a mapping stands, and what it becomes when. `next` is absent in a settled state. */
export interface Lifecycle {
  readonly state: LifecycleState;
  readonly next?: { readonly state: SettledState; readonly atMs: Millis };
}

/** What a caller asks of a mapping that exists. `enabled` is absent when the update does not speak of it. */
export type LifecycleRequest = { readonly kind: 'update'; readonly enabled?: boolean } | { readonly kind: 'delete' };

/** The time of a call, and how long a transition takes. */
export interface TransitionTimes {
  readonly nowMs: Millis;
  readonly transitionMs: Millis;
}

export type LifecycleAnswer =
  | { readonly ok: true; readonly lifecycle: Lifecycle; readonly rule: RuleId }
  | { readonly ok: false; readonly rule: 'mapping.state-in-use' };

/** Why a mapping is in its state, in the word that AWS uses for the kind of source (A03, D04, A08a). */
export function stateTransitionReason(kind: SourceKind): 'User action' | 'USER_INITIATED' {
  return kind === 'kinesis' || kind === 'dynamodb' ? 'User action' : 'USER_INITIATED';
}

/** A mapping that was just created. */
export function createLifecycle(
  enabled: boolean,
  times: TransitionTimes,
): { readonly lifecycle: Lifecycle; readonly rule: RuleId } {
  if (!enabled) return { lifecycle: { state: 'Disabled' }, rule: 'mapping.state-created-disabled' };
  return { lifecycle: transition('Creating', 'Enabled', times), rule: 'mapping.state-creating' };
}

/** Whether a mapping is in the middle of a transition and so refuses to be updated or deleted. */
export function isInUse(lifecycle: Lifecycle): boolean {
  return lifecycle.next !== undefined;
}

/** Asks a mapping to change or to go. A settled state is expected to be settled by `settleLifecycle` first. */
export function requestLifecycle(
  lifecycle: Lifecycle,
  request: LifecycleRequest,
  times: TransitionTimes,
): LifecycleAnswer {
  if (isInUse(lifecycle)) return { ok: false, rule: 'mapping.state-in-use' };
  if (request.kind === 'delete') {
    return { ok: true, lifecycle: transition('Deleting', 'gone', times), rule: 'mapping.state-deleting' };
  }
  const enabled = lifecycle.state === 'Enabled';
  const target = request.enabled ?? enabled;
  if (target && !enabled) {
    return { ok: true, lifecycle: transition('Enabling', 'Enabled', times), rule: 'mapping.state-enabling' };
  }
  if (!target && enabled) {
    return { ok: true, lifecycle: transition('Disabling', 'Disabled', times), rule: 'mapping.state-disabling' };
  }
  const settled = enabled ? 'Enabled' : 'Disabled';
  return { ok: true, lifecycle: transition('Updating', settled, times), rule: 'mapping.state-updating' };
}

/** What a mapping has become by `nowMs`: itself while nothing is due, `gone` once it is deleted. */
export function settleLifecycle(lifecycle: Lifecycle, nowMs: Millis): Lifecycle | 'gone' {
  const { next } = lifecycle;
  if (next === undefined || nowMs < next.atMs) return lifecycle;
  return next.state === 'gone' ? 'gone' : { state: next.state };
}

function transition(state: LifecycleState, next: SettledState, times: TransitionTimes): Lifecycle {
  return { state, next: { state: next, atMs: times.nowMs + times.transitionMs } };
}
