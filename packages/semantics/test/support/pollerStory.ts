/**
 * A poller and a hand that drives it: facts are one-line calls, and everything it orders is written down. Saves,
 * discards and deletions are answered at once (in the step after) unless the story wants to answer them itself; the
 * poller is woken at every time it asks for, on the way to a later one.
 */
import {
  createPoller,
  type FilterView,
  type Outcome,
  type PartitionStart,
  type PolledRecord,
  type PollerConfig,
  type PollerFact,
  type PollerOrder,
  type PollerState,
  type Position,
  type SavedPoller,
  stepPoller,
} from '../../src/index.ts';
import { orderText } from './pollerText.ts';
import { SavedStore } from './savedStore.ts';

export interface StoryOptions {
  readonly partitions?: readonly PartitionStart[];
  readonly saved?: SavedPoller | undefined;
  readonly busyUntilMs?: number;
  /** Orders that the story answers itself. */
  readonly byHand?: readonly PollerOrder['do'][];
  /** When the story begins. */
  readonly atMs?: number;
  /** Orders that the text leaves out. */
  readonly silent?: readonly PollerOrder['do'][];
}

export type RecordOptions = { readonly arrivalMs?: number; readonly bytes?: number };

export class PollerStory {
  readonly state: PollerState;
  readonly orders: PollerOrder[] = [];
  readonly store = new SavedStore((lane, checkpoint, position) => {
    const [at, other] = [this.#fetched.get(checkpoint), this.#fetched.get(position)];
    return (lane === '' || other?.lane === lane) && (other?.order ?? 0) <= (at?.order ?? 0);
  });
  /** What was fetched, and in which order. */
  readonly #fetched = new Map<Position, { readonly lane: string; readonly order: number }>();
  readonly #options: StoryOptions;
  readonly #open: PollerOrder[] = [];
  #lines: string[] = [];
  now: number;
  wakeAt: number | undefined;
  /** How often the poller was woken by the clock. */
  wakes = 0;

  constructor(config: PollerConfig, options: StoryOptions = {}) {
    this.#options = options;
    this.now = options.atMs ?? 0;
    this.state = createPoller(config);
    const { partitions, saved, busyUntilMs } = options;
    this.tell({
      what: 'opened',
      ...(partitions && { partitions }),
      ...(saved && { saved }),
      ...(busyUntilMs !== undefined && { busyUntilMs }),
    });
  }

  /** Tells one fact and carries out what can be answered at once. */
  tell(fact: PollerFact): this {
    const step = stepPoller(this.state, fact, this.now);
    this.wakeAt = step.wakeAt;
    for (const order of step.orders) this.#note(order);
    for (const order of step.orders) this.#answerSoon(order);
    return this;
  }

  #note(order: PollerOrder): void {
    this.orders.push(order);
    if (order.do === 'save') this.store.apply(order);
    if (this.#options.silent?.includes(order.do) !== true) this.#lines.push(`${this.now} ${orderText(order)}`);
    if ('id' in order && order.do !== 'withdraw' && order.do !== 'abandon') this.#open.push(order);
    if (order.do === 'withdraw') this.#take((open) => open.do === 'fetch');
  }

  #answerSoon(order: PollerOrder): void {
    if (this.#options.byHand?.includes(order.do)) return;
    if (order.do === 'save') this.saved();
    else if (order.do === 'discard') this.discarded();
    else if (order.do === 'acknowledge') this.acknowledged();
  }

  /** Time goes on to `ms`; the poller is woken at every moment that it asked for. */
  at(ms: number): this {
    while (this.wakeAt !== undefined && this.wakeAt <= ms && this.wakes < 100_000) {
      this.now = Math.max(this.now, this.wakeAt);
      this.wakes += 1;
      this.tell({ what: 'woke' });
    }
    this.now = ms;
    return this;
  }

  /** Answers the fetch: `a1 a2 b1` are positions, their letters the lanes. */
  fetched(text: string, options: RecordOptions & { visibleAtMs?: number; askedMs?: number } = {}): this {
    const { visibleAtMs, askedMs } = options;
    const records = recordsOf(text, this.now, options);
    for (const { position, lane } of records) this.#fetched.set(position, { lane, order: this.#fetched.size });
    const fact = { what: 'fetched' as const, id: this.#idOf('fetch'), records };
    return this.tell({ ...fact, ...(visibleAtMs !== undefined && { visibleAtMs }), askedMs });
  }

  fetchFailed(reason: 'throttled' | 'gone' = 'throttled'): this {
    return this.tell({ what: 'fetchFailed', id: this.#idOf('fetch'), reason });
  }

  saved(): this {
    return this.tell({ what: 'saved', id: this.#idOf('save') });
  }

  saveRefused(): this {
    return this.tell({ what: 'saveRefused', id: this.#idOf('save') });
  }

  discarded(accepted = true): this {
    return this.tell({ what: 'discarded', id: this.#idOf('discard'), accepted });
  }

  acknowledged(failed: readonly Position[] = []): this {
    return this.tell({ what: 'acknowledged', id: this.#idOf('acknowledge'), failed });
  }

  /** The attempt that holds this position (without one: the oldest) came to this. */
  settled(outcome: Outcome, holding?: Position): this {
    return this.tell({ what: 'settled', id: this.#idOf('invoke', holding), outcome });
  }

  succeeds(holding?: Position): this {
    return this.settled({ kind: 'success' }, holding);
  }

  fails(holding?: Position): this {
    return this.settled({ kind: 'error', errorType: 'Error' }, holding);
  }

  throttled(holding?: Position): this {
    return this.settled({ kind: 'throttled', reason: 'ReservedFunctionConcurrentInvocationLimitExceeded' }, holding);
  }

  /** The answer names these indexes of the batch. */
  reports(failed: readonly number[], holding?: Position): this {
    return this.settled({ kind: 'partial', failed }, holding);
  }

  /** A success of an invocation with a tumbling window. */
  keeps(windowState: unknown, windowStateBytes = JSON.stringify(windowState).length): this {
    return this.settled({ kind: 'success', windowState, windowStateBytes });
  }

  /** What was ordered since the last look, line by line. */
  text(): string {
    const text = this.#lines.join('\n');
    this.#lines = [];
    return `\n${text}\n`;
  }

  /** Orders of one sort, all of them. */
  all<Do extends PollerOrder['do']>(what: Do): (PollerOrder & { do: Do })[] {
    return this.orders.filter((order): order is PollerOrder & { do: Do } => order.do === what);
  }

  /** The positions of every invocation so far. */
  batches(): string[] {
    return this.all('invoke').map(({ positions }) => positions.join(' '));
  }

  /** Rules named since the beginning. */
  rules(): Set<string> {
    return new Set(this.orders.flatMap((order) => ('rule' in order ? [order.rule] : [])));
  }

  /** Orders of one sort that are not answered. */
  waiting(what: PollerOrder['do']): number {
    return this.#open.filter((order) => order.do === what).length;
  }

  #idOf(what: PollerOrder['do'], holding?: Position): number {
    const order = this.#take((open) => open.do === what && (holding === undefined || holds(open, holding)));
    if (!order || !('id' in order)) throw new Error(`no ${what} waits for an answer at ${this.now}`);
    return order.id;
  }

  #take(test: (order: PollerOrder) => boolean): PollerOrder | undefined {
    const index = this.#open.findIndex(test);
    return index === -1 ? undefined : this.#open.splice(index, 1)[0];
  }
}

function holds(order: PollerOrder, position: Position): boolean {
  return 'positions' in order && order.positions.includes(position);
}

/** A record without anything of its own that could not be cloned. */
class TextRecord implements PolledRecord {
  readonly position: string;
  readonly lane: string;
  readonly arrivalMs: number;
  readonly encodedBytes: number;
  seq = 0;
  finished = false;

  constructor(name: string, arrivalMs: number, encodedBytes: number) {
    this.position = name;
    this.lane = name.replace(/\d+$/, '');
    this.arrivalMs = arrivalMs;
    this.encodedBytes = encodedBytes;
  }

  view(): FilterView {
    return { metadata: { name: this.position }, data: {} };
  }
}

/** Records from text: `a1` is position a1 of lane a. */
export function recordsOf(text: string, now: number, options: RecordOptions = {}): PolledRecord[] {
  const { arrivalMs = now, bytes = 100 } = options;
  const names = text.split(' ').filter((name) => name !== '');
  return names.map((name) => new TextRecord(name, arrivalMs, bytes));
}
