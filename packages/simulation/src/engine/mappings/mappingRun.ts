/** One mapping in virtual time: follows its life in the control plane, and owns its pollers. It decides nothing. */
import { emptyWindowEnvelopeBytes } from '@millrace/aws-shapes';
import {
  createMapping,
  type DiscardOrder,
  isKafka,
  type MappingFact,
  type MappingOrder,
  type MappingPolicy,
  type MappingSettings,
  type MappingState,
  mappingPolicy,
  type Outcome,
  type PollerConfig,
  type PollerOrder,
  type Position,
  pollerConfig,
  type RuleId,
  stepMapping,
} from '@millrace/semantics';
import type { ControlEffect } from '../../control/state.ts';
import type { Entry } from '../agenda.ts';
import type { FunctionRun } from '../functions/functionRun.ts';
import { SlotCursor } from '../sources/slotCursor.ts';
import type { SourceRun } from '../sources/sourceRun.ts';
import type { World } from '../world.ts';
import { Attempts } from './attempts.ts';
import { deliverDiscard } from './discards.ts';
import { PollerRun } from './pollerRun.ts';
import type { Reader } from './reader.ts';
import { readerFor } from './readers.ts';

export class MappingRun {
  readonly index: number;
  readonly name: string;
  readonly uuid: string;
  readonly source: SourceRun;
  readonly function: FunctionRun;
  readonly attempts: Attempts;
  readonly reader: Reader;
  readonly pollers = new Map<string, PollerRun>();
  settings: MappingSettings;
  policy: MappingPolicy;
  running = false;
  /** What LastProcessingResult was last told. */
  lastResult: string | undefined;
  /** Invocations that the function refused. */
  throttles = 0;
  readonly #world: World;
  readonly #state: MappingState;
  #wake: Entry | undefined;
  readonly #busyUntilMs = new Map<string, number>();
  #from = new Map<string, 'start' | 'horizon'>();

  constructor(world: World, index: number, identity: { name: string; uuid: string }, settings: MappingSettings) {
    this.#world = world;
    this.index = index;
    this.name = identity.name;
    this.uuid = identity.uuid;
    this.settings = settings;
    this.source = world.sourceOf(settings);
    this.function = world.functionOf(settings);
    this.policy = mappingPolicy(settings, world.plan.choices.sqsScaling);
    this.#state = createMapping(this.policy);
    this.attempts = new Attempts(world, this, this.function);
    this.reader = readerFor(world, this);
  }

  /** What the control plane says that becomes of the mapping. */
  apply(effect: ControlEffect): void {
    switch (effect.kind) {
      case 'created':
      case 'state':
        break;
      case 'started':
        this.#configure(effect.settings);
        this.running = true;
        this.tell(this.reader.enabledFact());
        break;
      case 'configured':
        this.#reconfigure(effect.settings);
        break;
      case 'stopped':
      case 'deleted':
        this.running = false;
        this.tell({ what: 'disabled' });
        break;
    }
  }

  #configure(settings: MappingSettings): void {
    this.settings = settings;
    this.policy = mappingPolicy(settings, this.#world.plan.choices.sqsScaling);
    this.#state.policy = this.policy;
  }

  #reconfigure(settings: MappingSettings): void {
    const before = this.settings;
    this.#configure(settings);
    const repartition =
      before.parallelizationFactor !== settings.parallelizationFactor ||
      before.tumblingWindowMs !== settings.tumblingWindowMs;
    this.tell({ what: 'reconfigured', policy: this.policy, repartition });
  }

  /** A fact for the core; what it orders is carried out at once. */
  tell(fact: MappingFact): void {
    const step = stepMapping(this.#state, fact, this.#world.agenda.nowMs);
    for (const order of step.orders) this.#carryOut(order);
    this.#wakeAt(step.wakeAt);
    if (this.#world.extraWakes?.()) this.tell({ what: 'woke' });
  }

  #wakeAt(atMs: number | undefined): void {
    const { agenda } = this.#world;
    if (this.#wake?.run && this.#wake.atMs === atMs) return;
    if (this.#wake) agenda.cancel(this.#wake);
    this.#wake = undefined;
    if (atMs === undefined) return;
    this.#wake = agenda.at(atMs, () => this.tell({ what: 'woke' }), { passive: true });
  }

  #carryOut(order: MappingOrder): void {
    switch (order.do) {
      case 'openPoller':
        this.#from.set(order.poller, order.from);
        this.openPoller(order.poller, order.rule);
        break;
      case 'drainPoller':
        this.#trace('closed', order.rule, { poller: order.poller });
        this.#drain(order.poller);
        break;
      case 'configurePoller':
        this.#trace('state', order.rule, { poller: order.poller });
        this.#soon(order.poller, { what: 'configured', config: this.config() });
        break;
      case 'setAllowance':
        this.#allow(order.poller, order.batches);
        break;
      case 'discover':
      case 'measureLag':
        this.reader.look(order);
        break;
      case 'note':
        this.#trace('scaled', order.rule, { from: order.from, to: order.to });
        break;
      case 'forget':
        break;
    }
  }

  #soon(name: string, fact: Parameters<PollerRun['tell']>[0]): void {
    const poller = this.pollers.get(name);
    if (poller) this.#world.agenda.soon(() => poller.tell(fact));
  }

  #drain(name: string): void {
    const poller = this.pollers.get(name);
    if (poller) poller.draining = true;
    this.#soon(name, { what: 'drainRequested' });
  }

  #allow(name: string, batches: number): void {
    const poller = this.pollers.get(name);
    if (!poller) return;
    poller.allowance = batches;
    this.#soon(name, { what: 'allowanceChanged', batches });
  }

  /** Makes a poller and opens it at its place. */
  openPoller(name: string, rule: RuleId, newlyBusyUntilMs?: number): PollerRun {
    const busyUntilMs = this.#stillBusyUntil(name, newlyBusyUntilMs);
    const poller = new PollerRun(this.#world, this, name, this.config());
    const from = this.#from.get(name) ?? 'start';
    this.pollers.set(name, poller);
    this.#trace('opened', rule, { from, ...(this.policy.provisioned && { provisioned: true }) }, name);
    this.reader.join?.(name);
    this.#world.agenda.soon(() => {
      if (this.pollers.get(name) !== poller) return;
      poller.open(this.reader.open(name, from, (fact) => this.#fetched(poller, fact), busyUntilMs));
    });
    return poller;
  }

  /**
   * Until when attempts of former owners may be running, whatever has been opened and closed since. The partitions of
   * a group may have moved, so that all its pollers wait.
   */
  #stillBusyUntil(name: string, newlyMs = Number.NEGATIVE_INFINITY): number | undefined {
    const scope = isKafka(this.settings.kind) ? '' : name;
    const untilMs = Math.max(newlyMs, this.#busyUntilMs.get(scope) ?? Number.NEGATIVE_INFINITY);
    if (untilMs <= this.#world.agenda.nowMs) return undefined;
    this.#busyUntilMs.set(scope, untilMs);
    return untilMs;
  }

  #fetched(poller: PollerRun, fact: Parameters<PollerRun['tell']>[0]): void {
    if (fact.what === 'fetched' && fact.records.length > 0) this.#traceFetched(poller, fact);
    if (fact.what === 'fetched' && fact.records.length > 0 && this.#isQueue()) {
      this.tell({ what: 'slotBusy', poller: poller.poller });
    }
    poller.tell(fact);
  }

  #traceFetched(poller: PollerRun, fact: Extract<Parameters<PollerRun['tell']>[0], { what: 'fetched' }>): void {
    const records = poller.cursor.ordinals(fact.records.map((record) => record.position));
    this.#world.recorder.emit({
      at: this.#world.agenda.nowMs,
      what: 'fetched',
      mapping: this.index,
      poller: poller.poller,
      records,
      rule: poller.fetchRule,
      data: { count: records.length },
    });
  }

  #isQueue(): boolean {
    return this.settings.kind === 'sqs' || this.settings.kind === 'sqs-fifo';
  }

  config(): PollerConfig {
    const { reader, settings } = this;
    const { envelopeBytes, eventSourceArn } = reader;
    const around = {
      functionTimeoutMs: this.function.plan.timeoutMs,
      retentionMs: reader.retentionMs,
      visibilityTimeoutMs: reader.visibilityTimeoutMs,
      fanOut: reader.fanOut,
      envelopeBytes: settings.tumblingWindowMs > 0 ? emptyWindowEnvelopeBytes(eventSourceArn) : envelopeBytes,
    };
    return pollerConfig(settings, this.policy, around, this.#world.plan.choices);
  }

  /** Deletes messages from their queue, and says so. */
  acknowledge(poller: PollerRun, order: Extract<PollerOrder, { do: 'acknowledge' }>): void {
    const { agenda, recorder } = this.#world;
    const cursor = poller.cursor as SlotCursor;
    const common = { at: agenda.nowMs, mapping: this.index, poller: poller.poller, lanes: [] };
    const ordinals = cursor.ordinals(order.positions);
    if (this.source.kind !== 'queue') throw new Error('only messages are acknowledged');
    const { deleted, failed } = this.source.run.delete(order.positions as readonly string[]);
    const fate = order.why === 'filtered' ? 'filtered' : 'succeeded';
    const what = order.why === 'filtered' ? 'filtered' : 'acknowledge';
    recorder.emit({ ...common, what, records: ordinals, rule: order.rule, data: { why: order.why } });
    if (deleted.length > 0) recorder.emit({ ...common, what: 'acknowledged', records: deleted, data: { fate } });
    for (const { handle, rule } of failed) {
      const records = cursor.ordinals([handle]);
      recorder.emit({ ...common, what: 'acknowledged', records: [], ...(rule && { rule }), data: { failed: records } });
    }
    this.drop(poller, order.positions);
    const notDeleted = failed.map(({ handle }) => handle);
    agenda.soon(() => poller.tell({ what: 'acknowledged', id: order.id, failed: notDeleted }));
  }

  /** The poller holds these messages no longer. */
  drop(poller: PollerRun, positions: readonly Position[]): void {
    if (poller.cursor instanceof SlotCursor) poller.cursor.drop(positions);
  }

  discard(poller: PollerRun, order: DiscardOrder): void {
    deliverDiscard(this.#world, this, poller, order);
    this.#world.agenda.soon(() => poller.tell({ what: 'discarded', id: order.id, accepted: true }));
  }

  /** An invocation was answered: LastProcessingResult and scaling want to know. */
  answered(outcome: Outcome): void {
    if (outcome.kind === 'throttled') this.throttles += 1;
    this.#world.processed(this, outcome);
    if (outcome.kind === 'error' || outcome.kind === 'timeout') this.tell({ what: 'batchFailed' });
  }

  pollerClosed(poller: PollerRun, ended: boolean): void {
    poller.kill();
    if (poller.superseded) return;
    this.reader.leave?.(poller.poller);
    this.#world.agenda.soon(() => {
      if (this.pollers.get(poller.poller) === poller) this.pollers.delete(poller.poller);
      this.tell({ what: 'pollerClosed', poller: poller.poller, ended });
    });
  }

  #trace(
    what: 'opened' | 'closed' | 'state' | 'scaled',
    rule: RuleId,
    data: Readonly<Record<string, unknown>>,
    poller?: string,
  ): void {
    const at = this.#world.agenda.nowMs;
    this.#world.recorder.emit({ at, what, mapping: this.index, poller, rule, data });
  }
}
