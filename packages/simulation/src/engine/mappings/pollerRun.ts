/** One poller in virtual time: hands facts to the core and carries out its orders. It decides nothing. */
import {
  createPoller,
  type InvokeOrder,
  type Outcome,
  type PollerConfig,
  type PollerFact,
  type PollerOrder,
  type PollerState,
  type Position,
  type RuleId,
  type SaveOrder,
  stepPoller,
  type TraceWhat,
} from '@millrace/semantics';
import type { Entry } from '../agenda.ts';
import type { Cursor } from '../sources/cursor.ts';
import type { World } from '../world.ts';
import type { Attempting } from './attempts.ts';
import type { MappingRun } from './mappingRun.ts';
import type { Opening } from './reader.ts';

export class PollerRun implements Attempting {
  readonly poller: string;
  readonly last: Attempting['last'] = new Map();
  readonly #world: World;
  readonly #mapping: MappingRun;
  readonly #state: PollerState;
  #cursor: Cursor | undefined;
  #wake: Entry | undefined;
  #closed = false;
  #saveNow: Opening['save'] = () => false;
  /** Its partitions are another's: it may finish what runs, and nobody is told when it closes. */
  superseded = false;
  /** By which rule it asked for what it is given next. */
  fetchRule: RuleId | undefined;
  /** What the mapping allows; survives a crash of the poller. */
  allowance: number | undefined;
  /** It was asked to close, as whoever takes its place will be. */
  draining = false;

  constructor(world: World, mapping: MappingRun, poller: string, config: PollerConfig) {
    this.#world = world;
    this.#mapping = mapping;
    this.poller = poller;
    this.#state = createPoller(config);
  }

  get cursor(): Cursor {
    if (!this.#cursor) throw new Error(`poller ${this.poller} has no cursor yet`);
    return this.#cursor;
  }

  open(opening: Opening): void {
    if (this.#closed) return;
    this.#cursor = opening.cursor;
    this.#saveNow = opening.save;
    this.tell(opening.fact);
  }

  /** A fact for the core; what it orders is carried out at once. */
  tell(fact: PollerFact): void {
    if (this.#closed) return;
    const step = stepPoller(this.#state, fact, this.#world.agenda.nowMs);
    for (const order of step.orders) this.#carryOut(order);
    this.#wakeAt(step.wakeAt);
    if (this.#world.extraWakes?.()) this.tell({ what: 'woke' });
  }

  #wakeAt(atMs: number | undefined): void {
    if (this.#wake?.run && this.#wake.atMs === atMs) return;
    if (this.#wake) this.#world.agenda.cancel(this.#wake);
    this.#wake = undefined;
    if (atMs === undefined || this.#closed) return;
    this.#wake = this.#world.agenda.at(atMs + this.#world.lateness(), () => {
      this.#wake = undefined;
      this.tell({ what: 'woke' });
    });
  }

  #carryOut(order: PollerOrder): void {
    switch (order.do) {
      case 'fetch':
        this.fetchRule = order.rule;
        this.cursor.fetch(order);
        break;
      case 'withdraw':
        this.cursor.withdraw(order.id);
        break;
      case 'invoke':
        this.#mapping.attempts.begin(order, this);
        break;
      case 'save':
        this.#save(order);
        break;
      case 'acknowledge':
        this.#mapping.acknowledge(this, order);
        break;
      case 'release':
        this.#note('release', order.rule, [], order.positions, {});
        this.#mapping.drop(this, order.positions);
        break;
      case 'discard':
        this.#mapping.discard(this, order);
        break;
      case 'note':
        this.#note(order.note, order.rule, order.lanes, order.positions, order.data);
        break;
      case 'closed':
        this.#mapping.pollerClosed(this, order.ended);
        break;
      case 'abandon':
        break;
    }
  }

  #note(
    what: TraceWhat,
    rule: InvokeOrder['rule'],
    lanes: readonly string[],
    positions: readonly Position[],
    data: Readonly<Record<string, unknown>>,
  ): void {
    this.#world.recorder.emit({
      at: this.#world.agenda.nowMs,
      what,
      mapping: this.#mapping.index,
      poller: this.poller,
      lanes: lanes.map((lane) => this.cursor.laneName(lane)),
      records: this.cursor.ordinals(positions),
      rule,
      data: FATES[what] ?? relative(data, this.#world.startMs),
    });
  }

  #save(order: SaveOrder): void {
    const accepted = this.#saveNow(order);
    this.#world.agenda.soon(() => this.tell({ what: accepted ? 'saved' : 'saveRefused', id: order.id }));
  }

  settled(order: InvokeOrder, outcome: Outcome): void {
    this.tell({ what: 'settled', id: order.id, outcome });
  }

  /** Takes the poller away without asking it: a crash, or a rebalance. */
  kill(): void {
    this.#closed = true;
    this.#wakeAt(undefined);
    this.#cursor?.close();
  }
}

/** Notes that settle the fate of their records. */
const FATES: Partial<Record<TraceWhat, { readonly fate: string }>> = {
  done: { fate: 'succeeded' },
  filtered: { fate: 'filtered' },
};

/** Times in notes are instants of the epoch; the trace counts from the start. */
function relative(data: Readonly<Record<string, unknown>>, startMs: number): Readonly<Record<string, unknown>> {
  return typeof data.notBeforeMs === 'number' ? { ...data, notBeforeMs: data.notBeforeMs - startMs } : data;
}
