/**
 * One poller against the wall clock: hands facts to the core, one after the other, and carries out what it orders. It
 * decides nothing.
 *
 * 1. Facts are told in the order in which they came; a fact that comes while a step is being carried out waits its turn.
 * 2. Nothing is told before `opened`; what comes sooner waits. One that is asked to close before closes at once.
 * 3. After `closed` nothing is told any more.
 * 4. A save or a discard that fails is tried again until it works, or until the poller is closed; saves stand in the order
 *    in which they were ordered.
 */
import {
  createPoller,
  type DiscardOrder,
  type InvokeOrder,
  type Millis,
  type Outcome,
  type PollerConfig,
  type PollerFact,
  type PollerOrder,
  type PollerState,
  type RuleId,
  type SavedPoller,
  type SaveOrder,
  stepPoller,
  type TraceWhat,
} from '@millrace/semantics';
import type { Clock, Timer } from '../clock.ts';
import type { Owner } from '../ports/register.ts';
import type { PollerSource } from '../ports/source.ts';
import type { Attempting, Attempts, LastFailure } from './attempts.ts';
import type { MachineJournal } from './journal.ts';
import type { Meter } from './meter.ts';
import { SaveLine } from './saveLine.ts';
import type { Tracer } from './trace.ts';

export interface PollerContext {
  readonly mapping: string;
  readonly clock: Clock;
  readonly tracer: Tracer;
  readonly meter: Meter;
  readonly attempts: Attempts;
  readonly journal: MachineJournal | undefined;
  /** Under which epoch this process owns it; absent where there is only this process. */
  readonly owner: Owner | undefined;
  /** False when another process may own it by now; absent where there is only this process. */
  readonly isSure?: (() => boolean) | undefined;
  /** What its positions belong to. */
  readonly scope: string;
  /** Makes a save durable; false when a newer owner has taken over. */
  save(order: SaveOrder, poller: PollerDriver): Promise<boolean>;
  /** Hands a batch that was given up to the outbox; false when it could not be taken. */
  discard(order: DiscardOrder, poller: PollerDriver): Promise<boolean>;
  closed(poller: PollerDriver, ended: boolean): void;
}

export class PollerDriver implements Attempting {
  readonly name: string;
  readonly #context: PollerContext;
  readonly #state: PollerState;
  #source: PollerSource | undefined;
  readonly #facts: PollerFact[] = [];
  readonly #closing = new AbortController();
  readonly #saves: SaveLine;
  readonly last = new Map<number, LastFailure>();
  #telling = false;
  #wake: { readonly atMs: Millis; readonly timer: Timer } | undefined;
  #closed = false;
  /** By which rule it asked for what it is given next. */
  fetchRule: RuleId | undefined;
  /** It was asked to close, as whoever takes its place will be. */
  draining = false;

  constructor(context: PollerContext, name: string, config: PollerConfig) {
    this.#context = context;
    this.name = name;
    this.#state = createPoller(config);
    context.journal?.created(config);
    const { clock } = context;
    const onError = (error: unknown) => this.#failed(error);
    this.#saves = new SaveLine((order) => context.save(order, this), { clock, signal: this.signal, onError });
  }

  get owner(): Owner | undefined {
    return this.#context.owner;
  }

  get scope(): string {
    return this.#context.scope;
  }

  /** Aborted once it is closed, however that came. */
  get signal(): AbortSignal {
    return this.#closing.signal;
  }

  mayStart(): boolean {
    return !this.#closed && this.#context.isSure?.() !== false;
  }

  get source(): PollerSource {
    if (!this.#source) throw new Error(`poller ${this.name} has no source yet`);
    return this.#source;
  }

  open(source: PollerSource, saved?: SavedPoller): void {
    this.#source = source;
    if (this.#closed) {
      void this.#closeSource();
      return;
    }
    const { partitions } = source;
    this.#facts.unshift({ what: 'opened', ...(saved && { saved }), ...(partitions && { partitions }) });
    this.#tellAll();
  }

  tell(fact: PollerFact): void {
    if (fact.what === 'drainRequested') this.draining = true;
    if (this.#closed) return;
    if (!this.#source && (fact.what === 'drainRequested' || fact.what === 'deposed')) {
      this.closeUnopened(false);
      return;
    }
    this.#facts.push(fact);
    if (this.#source) this.#tellAll();
  }

  #tellAll(): void {
    if (this.#telling) return;
    this.#telling = true;
    try {
      for (let next = this.#facts.shift(); next; next = this.#facts.shift()) this.#step(next);
    } finally {
      this.#telling = false;
    }
  }

  #step(fact: PollerFact): void {
    if (this.#closed) return;
    const now = this.#context.clock.now();
    const { journal } = this.#context;
    journal?.told(now, fact);
    const step = stepPoller(this.#state, fact, now);
    journal?.stepped(now, step);
    for (const order of step.orders) this.#carryOut(order);
    this.#wakeAt(step.wakeAt);
  }

  #wakeAt(atMs: Millis | undefined): void {
    if (this.#wake?.atMs === atMs && atMs !== undefined) return;
    this.#wake?.timer.cancel();
    this.#wake = undefined;
    if (atMs === undefined || this.#closed) return;
    const timer = this.#context.clock.at(atMs, () => {
      this.#wake = undefined;
      this.tell({ what: 'woke' });
    });
    this.#wake = { atMs, timer };
  }

  #carryOut(order: PollerOrder): void {
    switch (order.do) {
      case 'fetch':
        this.fetchRule = order.rule;
        this.source.fetch(order);
        break;
      case 'withdraw':
        this.source.withdraw(order.id);
        break;
      case 'invoke':
        this.#context.attempts.begin(order, this);
        break;
      case 'save':
        this.#answer(this.#saves.save(order), (accepted) => ({
          what: accepted === false ? 'saveRefused' : 'saved',
          id: order.id,
        }));
        break;
      case 'acknowledge':
        this.#acknowledge(order);
        break;
      case 'release':
        this.#trace('release', order, {});
        this.source.release(order.positions);
        break;
      case 'discard':
        this.#answer(this.#discard(order), (accepted) => ({ what: 'discarded', id: order.id, accepted }));
        break;
      case 'note':
        this.#trace(order.note, order, FATES[order.note] ?? order.data);
        break;
      case 'closed':
        this.#close(order.ended);
        break;
      case 'abandon':
        break;
    }
  }

  /** What cannot be handed over is ordered again, as what the outbox refuses is. */
  #discard(order: DiscardOrder): Promise<boolean> {
    return this.#context.discard(order, this).catch((error) => {
      this.#failed(error);
      return false;
    });
  }

  #answer<T>(answer: Promise<T>, factOf: (value: T) => PollerFact): void {
    answer.then(
      (value) => this.tell(factOf(value)),
      (error) => this.#failed(error),
    );
  }

  #failed(error: unknown): void {
    this.#context.meter.failed(String(error), this.#context.clock.now());
  }

  #acknowledge(order: PollerOrder & { do: 'acknowledge' }): void {
    const what = order.why === 'filtered' ? 'filtered' : 'acknowledge';
    this.#trace(what, order, { why: order.why });
    this.#answer(this.source.acknowledge(order.positions), ({ failed }) => {
      const kept = new Set(failed.map(({ position }) => position));
      const deleted = kept.size === 0 ? order.positions : order.positions.filter((position) => !kept.has(position));
      this.#acknowledged(order, deleted, failed);
      this.source.release(order.positions);
      return { what: 'acknowledged', id: order.id, failed: [...kept] };
    });
  }

  #acknowledged(
    order: PollerOrder & { do: 'acknowledge' },
    deleted: readonly (string | number)[],
    failed: Awaited<ReturnType<PollerSource['acknowledge']>>['failed'],
  ): void {
    const { meter, tracer, mapping, clock } = this.#context;
    meter.counts.DeletedEventCount += deleted.length;
    if (order.why === 'filtered') meter.counts.FilteredOutEventCount += order.positions.length;
    if (!tracer.active) return;
    const common = { at: clock.now(), what: 'acknowledged', mapping, poller: this.name } as const;
    const fate = order.why === 'filtered' ? 'filtered' : 'succeeded';
    if (deleted.length > 0) tracer.emit({ ...common, records: this.source.names(deleted), data: { fate } });
    for (const { position, rule } of failed) {
      tracer.emit({ ...common, records: [], rule, data: { failed: this.source.names([position]) } });
    }
  }

  #trace(
    what: TraceWhat,
    order: PollerOrder & { do: 'acknowledge' | 'release' | 'note' },
    data: Readonly<Record<string, unknown>>,
  ): void {
    const { tracer, mapping, clock } = this.#context;
    if (!tracer.active) return;
    const records = this.source.names(order.positions);
    const lanes = order.do === 'note' ? order.lanes.map((lane) => this.source.laneName(lane)) : undefined;
    tracer.emit({ at: clock.now(), what, mapping, poller: this.name, lanes, records, rule: order.rule, data });
  }

  settled(order: InvokeOrder, outcome: Outcome): void {
    this.tell({ what: 'settled', id: order.id, outcome });
  }

  /** It is gone at once, with all that it knew; nobody is told. */
  kill(): void {
    this.#end();
    void this.#closeSource();
  }

  /** There was nothing to read, or nobody wants it any more. */
  closeUnopened(ended: boolean): void {
    if (this.#closed) return;
    this.#end();
    this.#context.closed(this, ended);
  }

  #close(ended: boolean): void {
    this.#end();
    void this.#closeSource().then(() => this.#context.closed(this, ended));
  }

  /** A source that cannot say goodbye keeps nobody from going. */
  #closeSource(): Promise<void> {
    return Promise.resolve(this.#source?.close()).catch((error) => this.#failed(error));
  }

  #end(): void {
    this.#closed = true;
    this.#closing.abort();
    this.#wakeAt(undefined);
  }
}

/** Notes that settle the fate of their records. */
const FATES: Partial<Record<TraceWhat, { readonly fate: string }>> = {
  done: { fate: 'succeeded' },
  filtered: { fate: 'filtered' },
};
