/** Pollers of a Kafka mapping: members of one consumer group, as many as the offset lag asks for. */
import type { RuleId } from '../rules/index.ts';
import type { Millis } from '../vocabulary.ts';
import type { MappingOrder } from './facts.ts';
import type { MappingState } from './state.ts';

/** How often the lag is looked at. */
const MEASURE_EVERY_MS = 60_000;

export function startMembers(state: MappingState, partitions: number, now: Millis, orders: MappingOrder[]): void {
  const count = within(state, state.policy.start, partitions);
  state.level = count;
  state.lastLag = 0;
  measureNext(state, now, orders);
  if (state.pollers.size > 0) state.wanted = count;
  else openMembers(state, count, orders);
}

/** As many as wanted, at least the minimum and at most the maximum, and never more than there are partitions. */
function within(state: MappingState, wanted: number, partitions: number): number {
  const { least, most } = state.policy;
  return Math.max(1, Math.min(partitions, Math.max(least, Math.min(most, wanted))));
}

function measureNext(state: MappingState, now: Millis, orders: MappingOrder[]): void {
  state.measureAtMs = now + MEASURE_EVERY_MS;
  orders.push({ do: 'measureLag', notBefore: state.measureAtMs });
}

function openMembers(state: MappingState, count: number, orders: MappingOrder[]): void {
  state.granted = count;
  for (let index = 0; index < count; index += 1) openMember(state, `poller-${index}`, orders);
}

function openMember(state: MappingState, poller: string, orders: MappingOrder[]): void {
  state.pollers.set(poller, 'open');
  orders.push({ do: 'openPoller', poller, from: 'start', rule: 'kafka.one-member-per-partition' });
}

/** While the lag does not shrink the pollers double; without any they halve; a throttled function gets one less. */
export function lagMeasured(
  state: MappingState,
  fact: { readonly lag: number; readonly partitions: number; readonly throttled: boolean },
  now: Millis,
  orders: MappingOrder[],
): void {
  if (!state.running || now < state.measureAtMs) return;
  measureNext(state, now, orders);
  const target = within(state, wantedFor(state, fact), fact.partitions);
  state.lastLag = fact.lag;
  if (target === state.level || state.wanted !== undefined) return;
  orders.push({ do: 'note', rule: 'kafka.pollers-follow-the-lag', from: state.level, to: target });
  state.level = target;
  regroup(state, target, 'kafka.pollers-follow-the-lag', orders);
}

/** More partitions make room for the pollers of the minimum that had none; the group forms anew in any case. */
export function partitionsAdded(state: MappingState, partitions: number, orders: MappingOrder[]): void {
  state.level = within(state, state.level, partitions);
  regroup(state, state.level, 'kafka.one-member-per-partition', orders);
}

/** Lets every member finish what runs; then the group forms anew with so many. */
function regroup(state: MappingState, count: number, rule: RuleId, orders: MappingOrder[]): void {
  state.wanted = count;
  for (const [poller, phase] of state.pollers) {
    if (phase === 'open') orders.push({ do: 'drainPoller', poller, rule });
    state.pollers.set(poller, 'draining');
  }
}

function wantedFor(state: MappingState, fact: { readonly lag: number; readonly throttled: boolean }): number {
  if (fact.throttled) return state.level - 1;
  if (fact.lag === 0) return Math.floor(state.level / 2);
  return fact.lag >= state.lastLag && state.lastLag > 0 ? state.level * 2 : state.level;
}

/** Once the old members are gone the group forms anew; a member that went by itself comes back. */
export function memberClosed(state: MappingState, poller: string, orders: MappingOrder[]): void {
  if (!state.running) return;
  if (state.wanted === undefined) openMember(state, poller, orders);
  else if (state.pollers.size === 0) {
    openMembers(state, state.wanted, orders);
    delete state.wanted;
  }
}
