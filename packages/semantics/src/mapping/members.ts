/** Pollers of a Kafka mapping: members of one consumer group, as many as the offset lag asks for. */
import type { RuleId } from '../rules/index.ts';
import type { Millis } from '../vocabulary.ts';
import type { MappingOrder } from './facts.ts';
import type { MappingState } from './state.ts';

/** How often the lag is looked at. */
export const MEASURE_EVERY_MS = 60_000;

export function startMembers(state: MappingState, partitions: number, now: Millis, orders: MappingOrder[]): void {
  const count = Math.max(1, Math.min(state.policy.start, partitions));
  state.level = count;
  openMembers(state, count, orders);
  orders.push({ do: 'measureLag', notBefore: now + MEASURE_EVERY_MS });
}

function openMembers(state: MappingState, count: number, orders: MappingOrder[]): void {
  state.granted = count;
  for (let index = 0; index < count; index += 1) {
    const poller = `poller-${index}`;
    state.pollers.set(poller, 'open');
    orders.push({ do: 'openPoller', poller, from: 'start', rule: 'kafka.one-member-per-partition' });
  }
}

/** While the lag does not shrink the pollers double; without any they halve; a throttled function gets one less. */
export function lagMeasured(
  state: MappingState,
  fact: { readonly lag: number; readonly partitions: number; readonly throttled: boolean },
  now: Millis,
  orders: MappingOrder[],
): void {
  if (!state.running) return;
  orders.push({ do: 'measureLag', notBefore: now + MEASURE_EVERY_MS });
  const { least, most } = state.policy;
  const target = Math.max(least, Math.min(most, fact.partitions, wantedFor(state, fact)));
  state.lastLag = fact.lag;
  if (target === state.level || state.wanted !== undefined) return;
  orders.push({ do: 'note', rule: 'kafka.pollers-follow-the-lag', from: state.level, to: target });
  state.level = target;
  regroup(state, target, 'kafka.pollers-follow-the-lag', orders);
}

/** Lets every member finish what runs; then the group forms anew with so many. */
export function regroup(state: MappingState, count: number, rule: RuleId, orders: MappingOrder[]): void {
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

/** Once the old members are gone the group forms anew. */
export function memberClosed(state: MappingState, orders: MappingOrder[]): void {
  if (state.pollers.size > 0 || !state.running) return;
  const count = state.wanted ?? state.level;
  delete state.wanted;
  openMembers(state, count, orders);
}
