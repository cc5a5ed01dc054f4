/**
 * Whether a run kept the order of its lanes. Invariant, per lane: invocations do not overlap, and no batch is retried
 * after one that lies wholly behind it was started. A batch that was cut anew may go back (a crash, a visibility
 * timeout): that repeats records, in order. Invocations of several lanes at once say nothing about which record lay
 * in which, so of these only the overlap is looked at.
 */
import type { InvocationResult, RunResult } from '../result/result.ts';

interface LaneState {
  readonly mapping: string;
  readonly placeOf: Map<string, number>;
  busyUntilMs: number;
  /** The highest first place of any batch since the lane last went back. */
  startedAt: number;
}

const again: ReadonlySet<string> = new Set(['retry', 'split', 'rest']);

/** A sentence about the first breach, or nothing. */
export function brokenOrder(result: RunResult): string | undefined {
  const violation = result.violations.find((one) => one.invariant.includes('order'));
  if (violation) return `an invariant broke: ${violation.message}`;
  const lanes = new Map<string, LaneState>();
  for (const invocation of result.invocations) {
    for (const lane of invocation.lanes) {
      const breach = follow(laneState(lanes, invocation.mapping, lane), lane, invocation);
      if (breach !== undefined) return breach;
    }
  }
  return undefined;
}

function laneState(lanes: Map<string, LaneState>, mapping: string, lane: string): LaneState {
  const key = `${mapping}\n${lane}`;
  const state = lanes.get(key) ?? { mapping, placeOf: new Map<string, number>(), busyUntilMs: 0, startedAt: 0 };
  lanes.set(key, state);
  return state;
}

function follow(state: LaneState, lane: string, invocation: InvocationResult): string | undefined {
  if (invocation.outcome === 'lost') return undefined;
  const { startMs, id } = invocation;
  if (startMs < state.busyUntilMs) return `invocation #${id} started in lane ${lane} while another one was running`;
  state.busyUntilMs = invocation.endMs;
  if (invocation.lanes.length > 1) return undefined;
  const first = firstPlace(state, invocation.records);
  if (first < state.startedAt && again.has(invocation.closedBy)) {
    return `invocation #${id} retried ${invocation.records[0]} in lane ${lane} after a later batch was started`;
  }
  state.startedAt = again.has(invocation.closedBy) ? Math.max(first, state.startedAt) : first;
  return undefined;
}

function firstPlace(state: LaneState, records: readonly string[]): number {
  let first = Infinity;
  for (const record of records) {
    const place = state.placeOf.get(record) ?? state.placeOf.size;
    state.placeOf.set(record, place);
    first = Math.min(first, place);
  }
  return first === Infinity ? state.startedAt : first;
}
