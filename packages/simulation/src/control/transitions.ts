/** Transitions that are due: from their mappings' states to the effects that a simulator must carry out. */
import { settingsOf } from '@millrace/aws-shapes';
import { type LifecycleState, type Millis, type RuleId, settleLifecycle } from '@millrace/semantics';
import type { ControlEffect, ControlledMapping, ControlState } from './state.ts';

/** When the next transition is over, or undefined while every mapping is settled. */
export function nextTransition(state: ControlState): Millis | undefined {
  let earliest: Millis | undefined;
  for (const { lifecycle } of Object.values(state.mappings)) {
    const atMs = lifecycle.next?.atMs;
    if (atMs !== undefined && (earliest === undefined || atMs < earliest)) earliest = atMs;
  }
  return earliest;
}

/** Settles every mapping whose transition is over by `nowMs`, in order of time, then of creation. */
export function settleDue(state: ControlState, nowMs: Millis): ControlEffect[] {
  const due = Object.values(state.mappings).filter(({ lifecycle }) => (lifecycle.next?.atMs ?? Infinity) <= nowMs);
  due.sort((a, b) => dueAt(a) - dueAt(b) || a.ordinal - b.ordinal);
  return due.flatMap((entry) => settle(state, entry));
}

function settle(state: ControlState, entry: ControlledMapping): ControlEffect[] {
  const { UUID: uuid } = entry.configuration;
  const atMs = dueAt(entry);
  const lifecycle = settleLifecycle(entry.lifecycle, atMs);
  if (lifecycle === 'gone') {
    delete state.mappings[uuid];
    return [{ kind: 'deleted', uuid, atMs, rule: 'mapping.state-settled' }];
  }
  const settings = settingsOf(entry.configuration);
  const configuration = { ...entry.configuration, State: lifecycle.state };
  const settled = { ...entry, lifecycle, settings, configuration };
  state.mappings[uuid] = settled;
  const starts = lifecycle.state === 'Enabled' && entry.lifecycle.state !== 'Updating';
  return [
    stateEffect(settled, atMs, 'mapping.state-settled'),
    { kind: starts ? 'started' : 'configured', uuid, atMs, settings },
  ];
}

/** The effect that says in which state a mapping is now, and why. */
export function stateEffect(entry: ControlledMapping, atMs: Millis, rule: RuleId): ControlEffect {
  const { UUID: uuid, StateTransitionReason: reason } = entry.configuration;
  const state: LifecycleState = entry.lifecycle.state;
  return { kind: 'state', uuid, atMs, state, reason, rule };
}

function dueAt(entry: ControlledMapping): Millis {
  return entry.lifecycle.next?.atMs ?? 0;
}
