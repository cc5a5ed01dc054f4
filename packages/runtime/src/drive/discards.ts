/**
 * Batches that were given up, on their way to the outbox. The poller goes on once the outbox has taken them; what became of
 * the delivery is told later, and counted.
 */
import { type FailureFacts, failureRules, jsonBytes, type WrittenFailure, writeFailure } from '@millrace/aws-shapes';
import type { DiscardOrder, FailureDestination, MappingSettings, RuleId } from '@millrace/semantics';
import { type Clock, newId } from '../clock.ts';
import type { DeliveryResult, FailureMessage, Outbox } from '../ports/outbox.ts';
import type { PollerSource } from '../ports/source.ts';
import { discardId } from './attemptId.ts';
import type { LastFailure } from './attempts.ts';
import type { Meter } from './meter.ts';
import type { Tracer } from './trace.ts';

export interface DiscardsOptions {
  readonly mapping: string;
  readonly uuid: string;
  readonly clock: Clock;
  readonly tracer: Tracer;
  readonly meter: Meter;
  readonly outbox: Outbox | undefined;
  readonly settings: () => MappingSettings;
}

/** Whose batch it was. */
export interface Discarding {
  readonly name: string;
  readonly scope: string;
  readonly source: PollerSource;
  readonly last: ReadonlyMap<number, LastFailure>;
}

/** What is said of a discard once its fate is known. */
interface Told {
  readonly poller: string;
  readonly lanes: readonly string[];
  readonly records: readonly string[];
  readonly order: DiscardOrder;
  readonly destination: string | null;
  readonly written: WrittenFailure;
  readonly rules: readonly RuleId[];
}

/** Results that are remembered. */
const MOST_KNOWN = 1000;

export class Discards {
  readonly #options: DiscardsOptions;
  readonly #underWay = new Map<string, Told>();
  /** Deliveries of which this process has heard: what is handed in again is told once only by the outbox. */
  readonly #known = new Map<string, DeliveryResult>();
  readonly #unsubscribe: (() => void) | undefined;

  constructor(options: DiscardsOptions) {
    this.#options = options;
    this.#unsubscribe = options.outbox?.onResult((result) => this.#answered(result));
  }

  /** False when the outbox could not take it. */
  async discard(order: DiscardOrder, poller: Discarding): Promise<boolean> {
    const told = this.#told(order, poller);
    const { onFailureDestination: destination } = this.#options.settings();
    this.#traceOrder(told);
    if (!destination || told.written.message === null) {
      this.#settle(told, false);
      return true;
    }
    const id = discardId(this.#options.uuid, poller.scope, order);
    this.#underWay.set(id, told);
    const accepted = await this.#hand(id, destination, told).catch(() => false);
    const known = this.#known.get(id);
    if (accepted && known) this.#answered(known);
    // Whoever came after a crash may have handed it in, too.
    else if (!accepted && this.#underWay.get(id) === told) this.#underWay.delete(id);
    return accepted;
  }

  #hand(id: string, destination: FailureDestination, { written, order }: Told): Promise<boolean> {
    const { outbox, mapping } = this.#options;
    if (!outbox) throw new Error(`mapping ${mapping} has a destination and no outbox`);
    const { length: records } = order.positions;
    return outbox.accept({ id, mapping, destination, message: messageOf(written), records });
  }

  #told(order: DiscardOrder, poller: Discarding): Told {
    const { settings } = this.#options;
    const { source, name } = poller;
    const { onFailureDestination: destination } = settings();
    const facts = this.#facts(order, poller);
    return {
      poller: name,
      lanes: order.lanes.map((lane) => source.laneName(lane)),
      records: source.names(order.positions),
      order,
      destination: destination?.arn ?? null,
      written: destination ? this.#write(order, source, facts, destination) : { message: null },
      rules: destination ? failureRules(facts, destination.kind) : [],
    };
  }

  #facts({ batch, condition, approximateInvokeCount }: DiscardOrder, { last }: Discarding): FailureFacts {
    const { settings, clock } = this.#options;
    const failed = last.get(batch);
    return {
      requestId: failed?.requestId ?? newId(),
      functionArn: settings().functionArn,
      condition,
      approximateInvokeCount,
      timestampMs: clock.now(),
      ...(failed && { lastOutcome: failed.outcome }),
    };
  }

  #write(order: DiscardOrder, source: PollerSource, facts: FailureFacts, { kind }: FailureDestination): WrittenFailure {
    const event = () => source.event(order.positions, order.window);
    const batch = source.failure(order.positions, () => jsonBytes(event()));
    if (!batch) return { message: null };
    const topicMessages = source.topicMessages?.bind(source);
    return writeFailure(facts, batch, {
      kind,
      mappingUuid: this.#options.uuid,
      objectId: newId,
      event,
      topicMessages: topicMessages && ((each) => topicMessages(each, order.positions)),
    });
  }

  #answered(result: DeliveryResult): void {
    const { id, delivered, problem } = result;
    const told = this.#underWay.get(id);
    if (!told) return;
    this.#underWay.delete(id);
    this.#known.set(id, result);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MOST_KNOWN && oldest !== undefined) this.#known.delete(oldest);
    if (problem !== undefined && !delivered) this.#options.meter.failed(problem, this.#options.clock.now());
    this.#settle(told, delivered, problem);
  }

  #settle(told: Told, delivered: boolean, problem?: string): void {
    const { counts } = this.#options.meter;
    const { length } = told.order.positions;
    if (!told.order.expired && !delivered) counts.DroppedEventCount += length;
    if (delivered) counts.OnFailureDestinationDeliveredEventCount += length;
    else if (told.destination !== null && told.written.message !== null) counts.DestinationDeliveryFailures += 1;
    this.#traceOutcome(told, delivered, problem);
  }

  #traceOrder({ poller, lanes, records, order }: Told): void {
    const { tracer, clock, mapping } = this.#options;
    if (!tracer.active) return;
    const { condition, approximateInvokeCount, expired, rule } = order;
    const data = { condition, approximateInvokeCount, expired };
    tracer.emit({ at: clock.now(), what: 'discard', mapping, poller, lanes, records, rule, data });
  }

  #traceOutcome(
    { poller, lanes, records, order, destination, written, rules }: Told,
    delivered: boolean,
    problem?: string,
  ) {
    const { tracer, clock, mapping } = this.#options;
    if (!tracer.active) return;
    const { condition, approximateInvokeCount, expired } = order;
    const fate = expired ? 'expired' : 'discarded';
    const why = problem === undefined ? {} : { problem };
    const { keys: _, ...shown } = written;
    const data = { condition, approximateInvokeCount, expired, fate, rules, destination, delivered, ...shown, ...why };
    tracer.emit({ at: clock.now(), what: 'discarded', mapping, poller, lanes, records, rule: rules[0], data });
  }

  /** Nobody is told any more. */
  close(): void {
    this.#unsubscribe?.();
  }
}

function messageOf({ message, messages, keys, key }: WrittenFailure): FailureMessage {
  if (messages) {
    const written = messages.map((value, index) => ({ key: keys?.[index] ?? null, value: JSON.stringify(value) }));
    return { kind: 'messages', messages: written };
  }
  const body = JSON.stringify(message);
  return key === undefined ? { kind: 'document', body } : { kind: 'object', key, body };
}
