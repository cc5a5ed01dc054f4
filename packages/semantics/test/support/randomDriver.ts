/**
 * Drives a poller at random: answers its open orders in any order, repeats facts, makes up ids, wakes it early, late
 * and twice. A structured clone is driven beside it and must order the same. What is wrong is written down.
 */
import { isDeepStrictEqual } from 'node:util';
import {
  createPoller,
  type InvokeOrder,
  type Outcome,
  type PolledRecord,
  type PollerConfig,
  type PollerFact,
  type PollerOrder,
  type PollerState,
  type Position,
  stepPoller,
} from '../../src/index.ts';

/** One random move: what to do, and two numbers to do it with. */
export interface Move {
  readonly do: 'answer' | 'repeat' | 'unknown' | 'wake' | 'wait' | 'allow';
  readonly which: number;
  readonly how: number;
}

type Answered = PollerOrder & { readonly id: number };

/** Its methods stand on the prototype, so that a structured clone of it is plain data. */
class RandomRecord implements PolledRecord {
  seq = 0;
  finished = false;
  readonly position: Position;
  readonly lane: string;
  readonly arrivalMs: number;
  readonly encodedBytes = 50;

  constructor(position: Position, lane: string, arrivalMs: number) {
    this.position = position;
    this.lane = lane;
    this.arrivalMs = arrivalMs;
  }

  view() {
    return { metadata: {}, data: {} };
  }
}

export class RandomDriver {
  readonly wrong: string[] = [];
  readonly #state: PollerState;
  readonly #config: PollerConfig;
  readonly #open: Answered[] = [];
  readonly #told: PollerFact[] = [];
  /** Records that were fetched and have no end yet, and the attempt that holds them. */
  readonly #unfinished = new Map<Position, Answered | undefined>();
  readonly #busy = new Map<string, number>();
  #position = 0;
  #closed = false;
  #now = 0;
  #wakeAt: number | undefined;

  constructor(config: PollerConfig, partitions: readonly string[]) {
    this.#config = config;
    this.#state = createPoller(config);
    this.#tell({ what: 'opened', partitions: partitions.map((lane) => ({ lane, keyBytes: 10 })) });
  }

  get unfinished(): readonly Position[] {
    return [...this.#unfinished.keys()];
  }

  /** Attempts in flight, for whoever wants to see that something was tried at all. */
  invocations = 0;

  play(move: Move): void {
    switch (move.do) {
      case 'answer':
        this.#answer(move, RANDOM);
        break;
      case 'repeat':
        this.#changesNothing(this.#told[move.which % this.#told.length]);
        break;
      case 'unknown':
        this.#changesNothing(unknownFacts(1_000_000 + move.which)[move.how % 6]);
        break;
      case 'wake':
        this.#tell({ what: 'woke' });
        break;
      case 'wait':
        this.#now += [1, 100, 1000, 20_000, 90_000][move.how % 5] ?? 1;
        this.#tell({ what: 'woke' });
        break;
      case 'allow':
        this.#tell({ what: 'allowanceChanged', batches: move.how % 2 === 0 ? Number.POSITIVE_INFINITY : 0 });
        break;
    }
  }

  /** From now on everything succeeds and nothing new arrives: returns when nothing is left to wait for. */
  settleDown(): void {
    this.#tell({ what: 'allowanceChanged', batches: Number.POSITIVE_INFINITY });
    for (let turn = 0; turn < 10_000; turn += 1) {
      const order = this.#open.find(({ do: what }) => what !== 'fetch');
      if (order) this.#answerOrder(order, { which: 0, how: 0 }, KIND);
      else if (this.#wakeAt !== undefined && this.#unfinished.size > 0) {
        this.#now = Math.max(this.#now, this.#wakeAt);
        this.#tell({ what: 'woke' });
      } else return;
    }
    this.wrong.push('does not settle down');
  }

  #answer(move: Move, mood: Mood): void {
    const order = this.#open[move.which % this.#open.length];
    if (order) this.#answerOrder(order, move, mood);
  }

  #answerOrder(order: Answered, move: Pick<Move, 'which' | 'how'>, mood: Mood): void {
    this.#open.splice(this.#open.indexOf(order), 1);
    const { id } = order;
    switch (order.do) {
      case 'fetch':
        this.#fetched(id, move);
        break;
      case 'invoke':
        this.#settled(order, mood(order, move));
        break;
      case 'save':
        this.#tell({ what: 'saved', id });
        break;
      case 'discard': {
        const accepted = mood === KIND || move.how % 4 !== 0;
        if (accepted) this.#finish(order.positions);
        this.#tell({ what: 'discarded', id, accepted });
        break;
      }
      case 'acknowledge':
        this.#finish(order.positions);
        this.#tell({ what: 'acknowledged', id, failed: [] });
        break;
      default:
        break;
    }
  }

  #fetched(id: number, { which, how }: Pick<Move, 'which' | 'how'>): void {
    const lanes = this.#lanes();
    const make = (index: number) => {
      return new RandomRecord(this.#position + index, lanes[(which + index * how) % lanes.length] ?? '', this.#now);
    };
    const records = Array.from({ length: how % 5 }, (_, index) => make(index));
    const copies = Array.from({ length: how % 5 }, (_, index) => make(index));
    this.#position += records.length;
    for (const { position } of records) this.#unfinished.set(position, undefined);
    const queue = this.#config.kind === 'sqs' || this.#config.kind === 'sqs-fifo';
    const visible = queue && { visibleAtMs: this.#now + this.#config.visibilityTimeoutMs };
    const fact = { what: 'fetched' as const, id, ...visible };
    this.#tell({ ...fact, records }, { ...fact, records: copies });
  }

  #lanes(): readonly string[] {
    if (this.#config.kind === 'sqs') return [''];
    return this.#config.kind === 'msk' ? ['t-0', 't-1', 't-2'] : ['k0', 'k1', 'k2', 'k3'];
  }

  #settled(order: Answered & InvokeOrder, outcome: Outcome): void {
    for (const lane of order.lanes) this.#busy.delete(lane);
    for (const position of order.positions)
      if (this.#unfinished.has(position)) this.#unfinished.set(position, undefined);
    this.#tell({ what: 'settled', id: order.id, outcome });
  }

  /** A repeated fact, or one about an order that nobody gave. What time alone has made due is done before. */
  #changesNothing(fact: PollerFact | undefined): void {
    if (!fact || fact.what === 'opened') return;
    this.#tell({ what: 'woke' });
    const before = structuredClone(this.#state);
    const { orders } = stepPoller(this.#state, fact, this.#now);
    if (orders.length > 0) this.wrong.push(`${fact.what} again: ordered ${orders.map((order) => order.do).join(' ')}`);
    if (!isDeepStrictEqual(structuredClone(this.#state), before))
      this.wrong.push(`${fact.what} again: changed something`);
  }

  #tell(fact: PollerFact, same: PollerFact = fact): void {
    if (this.#closed) return;
    const clone = structuredClone(this.#state);
    const step = stepPoller(this.#state, fact, this.#now);
    const other = stepPoller(clone, same, this.#now);
    if (!isDeepStrictEqual(step, other)) this.wrong.push(`${fact.what}: a clone ordered something else`);
    if (isAnswer(fact)) this.#told.push(fact);
    this.#wakeAt = step.wakeAt;
    for (const order of step.orders) this.#take(order);
  }

  #take(order: PollerOrder): void {
    if (order.do === 'closed') this.#closed = true;
    if (order.do === 'release') this.#finish(order.positions);
    if (order.do === 'note' && (order.note === 'done' || order.note === 'filtered')) this.#finish(order.positions);
    if (order.do === 'invoke') this.#invoked(order);
    if (order.do === 'withdraw') this.#withdraw(order.id);
    else if ('id' in order && order.do !== 'abandon') this.#open.push(order);
  }

  #withdraw(id: number): void {
    const index = this.#open.findIndex((order) => order.do === 'fetch' && order.id === id);
    if (index >= 0) this.#open.splice(index, 1);
  }

  #invoked(order: InvokeOrder): void {
    this.invocations += 1;
    for (const lane of order.lanes) {
      if (this.#busy.has(lane)) this.wrong.push(`lane ${lane} holds two attempts`);
      this.#busy.set(lane, order.id);
    }
    for (const position of order.positions) {
      if (!this.#unfinished.has(position)) this.wrong.push(`${position} is invoked and was finished`);
      if (this.#unfinished.get(position)) this.wrong.push(`${position} is in two attempts`);
      this.#unfinished.set(position, order);
    }
    if (order.positions.length > this.#config.batchSize)
      this.wrong.push(`${order.positions.length} records in a batch`);
  }

  #finish(positions: readonly Position[]): void {
    for (const position of positions) {
      if (!this.#unfinished.delete(position)) this.wrong.push(`${position} is finished twice`);
    }
  }
}

/** How the function answers. */
type Mood = (order: InvokeOrder, move: Pick<Move, 'which' | 'how'>) => Outcome;

const KIND: Mood = () => ({ kind: 'success', windowState: {}, windowStateBytes: 2 });

const RANDOM: Mood = ({ positions }, { how, which }) => {
  const window = { windowState: { how }, windowStateBytes: 9 };
  if (how % 8 < 2 && positions.length > 0) {
    const failed = positions.map((_, index) => index).filter((index) => (which >> index) % 2 === 1);
    if (failed.length > 0) return { kind: 'partial', failed, ...window };
  }
  const outcomes: readonly Outcome[] = [
    { kind: 'success', ...window },
    { kind: 'error', errorType: 'Error' },
    { kind: 'timeout' },
    { kind: 'throttled', reason: 'ConcurrentInvocationLimitExceeded' },
    { kind: 'unreachable', reason: 'ServiceException' },
    { kind: 'lost' },
  ];
  return outcomes[how % outcomes.length] ?? { kind: 'lost' };
};

function isAnswer(fact: PollerFact): boolean {
  return 'id' in fact;
}

/** Answers to an order that nobody gave. */
function unknownFacts(id: number): readonly PollerFact[] {
  return [
    { what: 'fetched', id, records: [] },
    { what: 'fetchFailed', id, reason: 'throttled' },
    { what: 'settled', id, outcome: { kind: 'success' } },
    { what: 'saved', id },
    { what: 'acknowledged', id, failed: [] },
    { what: 'discarded', id, accepted: true },
  ];
}
