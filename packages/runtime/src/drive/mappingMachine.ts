/**
 * The machine of one mapping against the wall clock: hands facts to the core and its orders to whoever has the pollers,
 * in this process or in others. It decides nothing.
 */
import {
  createMapping,
  type MappingFact,
  type MappingOrder,
  type MappingPolicy,
  type MappingState,
  type Millis,
  type RuleId,
  stepMapping,
} from '@millrace/semantics';
import type { Clock, Timer } from '../clock.ts';

/** What a mapping's orders are carried out by. Every one of them may come twice. */
export interface MappingHands {
  open(poller: string, from: 'start' | 'horizon', rule: RuleId): void;
  drain(poller: string, rule: RuleId): void;
  configure(poller: string, rule: RuleId): void;
  allow(poller: string, batches: number, rule: RuleId): void;
  note(rule: RuleId, from: number, to: number): void;
  forget(shard: string): void;
  look(order: MappingOrder & { do: 'discover' | 'measureLag' }): void;
}

export class MappingMachine {
  readonly #clock: Clock;
  readonly #hands: MappingHands;
  readonly #state: MappingState;
  #wake: { readonly atMs: Millis; readonly timer: Timer } | undefined;
  #running = false;

  constructor(policy: MappingPolicy, clock: Clock, hands: MappingHands) {
    this.#clock = clock;
    this.#hands = hands;
    this.#state = createMapping(policy);
  }

  /** Kafka: with the number of partitions of the topic. */
  start(partitions?: number): void {
    this.#running = true;
    this.tell({ what: 'enabled', ...(partitions !== undefined && { partitions }) });
  }

  /** Every poller is drained; nothing is opened any more. */
  disable(): void {
    if (!this.#running) return;
    this.#running = false;
    this.tell({ what: 'disabled' });
  }

  tell(fact: MappingFact): void {
    const step = stepMapping(this.#state, fact, this.#clock.now());
    for (const order of step.orders) this.#carryOut(order);
    this.#wakeAt(step.wakeAt);
  }

  /** No timer is left behind. */
  close(): void {
    this.#wakeAt(undefined);
  }

  #wakeAt(atMs: Millis | undefined): void {
    if (this.#wake?.atMs === atMs && atMs !== undefined) return;
    this.#wake?.timer.cancel();
    this.#wake = undefined;
    if (atMs === undefined) return;
    const timer = this.#clock.at(atMs, () => {
      this.#wake = undefined;
      this.tell({ what: 'woke' });
    });
    this.#wake = { atMs, timer };
  }

  #carryOut(order: MappingOrder): void {
    switch (order.do) {
      case 'openPoller':
        this.#hands.open(order.poller, order.from, order.rule);
        break;
      case 'drainPoller':
        this.#hands.drain(order.poller, order.rule);
        break;
      case 'configurePoller':
        this.#hands.configure(order.poller, order.rule);
        break;
      case 'setAllowance':
        this.#hands.allow(order.poller, order.batches, order.rule);
        break;
      case 'note':
        this.#hands.note(order.rule, order.from, order.to);
        break;
      case 'forget':
        for (const shard of order.shards) this.#hands.forget(shard);
        break;
      case 'discover':
      case 'measureLag':
        this.#hands.look(order);
        break;
    }
  }
}
