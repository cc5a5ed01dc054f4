/** Failure records on their way to a destination. A delivery that fails is counted and never blocks anything. */
import { failureRules, jsonBytes, type WrittenFailure, writeFailure } from '@millrace/aws-shapes';
import type { DiscardOrder, FailureDestination, RuleId } from '@millrace/semantics';
import type { World } from '../world.ts';
import type { MappingRun } from './mappingRun.ts';
import type { PollerRun } from './pollerRun.ts';

interface Delivery extends WrittenFailure {
  readonly destination: string | null;
  readonly delivered: boolean;
  readonly rules: readonly RuleId[];
}

const NOWHERE: Delivery = { destination: null, delivered: false, message: null, rules: [] };

/** Carries a discard out, and says what became of it. */
export function deliverDiscard(world: World, mapping: MappingRun, poller: PollerRun, order: DiscardOrder): void {
  const { condition, approximateInvokeCount, expired } = order;
  const records = poller.cursor.ordinals(order.positions);
  const lanes = order.lanes.map((lane) => poller.cursor.laneName(lane));
  const common = { at: world.agenda.nowMs, mapping: mapping.index, poller: poller.poller, lanes, records };
  const delivery = deliver(world, mapping, poller, order);
  const { rules, keys: _, ...told } = delivery;
  world.recorder.emit({
    ...common,
    what: 'discard',
    rule: order.rule,
    data: { condition, approximateInvokeCount, expired },
  });
  const fate = expired ? 'expired' : 'discarded';
  const [rule] = rules;
  const data = { condition, approximateInvokeCount, expired, fate, rules, ...told };
  world.recorder.emit({ ...common, what: 'discarded', ...(rule && { rule }), data });
}

function deliver(world: World, mapping: MappingRun, poller: PollerRun, order: DiscardOrder): Delivery {
  const { onFailureDestination } = mapping.settings;
  if (!onFailureDestination) return NOWHERE;
  const rules = failureRules(factsOf(world, mapping, poller, order), onFailureDestination.kind);
  const written = write(world, mapping, poller, order, onFailureDestination);
  const delivered = written.message !== null && world.accepts(onFailureDestination.arn);
  return { destination: onFailureDestination.arn, delivered, rules, ...written };
}

function factsOf(world: World, mapping: MappingRun, poller: PollerRun, order: DiscardOrder) {
  const { condition, approximateInvokeCount } = order;
  const last = poller.last.get(order.batch);
  const requestId = last?.requestId ?? world.random.uuid();
  const lastOutcome = last && { lastOutcome: last.outcome };
  const timestampMs = world.agenda.nowMs;
  const { functionArn } = mapping.settings;
  return { requestId, functionArn, condition, approximateInvokeCount, timestampMs, ...lastOutcome };
}

/** The message as its destination gets it. */
function write(
  world: World,
  mapping: MappingRun,
  poller: PollerRun,
  order: DiscardOrder,
  { kind }: FailureDestination,
): WrittenFailure {
  const { cursor } = poller;
  const event = () => cursor.event(order.positions, order.window);
  const batch = cursor.failure(order.positions, () => jsonBytes(event()));
  if (!batch) return { message: null };
  const topicMessages = cursor.topicMessages?.bind(cursor);
  return writeFailure(factsOf(world, mapping, poller, order), batch, {
    kind,
    mappingUuid: mapping.uuid,
    objectId: () => world.random.uuid(),
    event,
    topicMessages: topicMessages && ((facts) => topicMessages(facts, order.positions)),
  });
}
