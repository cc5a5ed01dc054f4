/**
 * The machine of a mapping, as the process serves it that has its turn: the pollers are opened by offering their turns, and
 * what becomes of them is heard over the board.
 *
 * 1. A child shard knows that it begins at its beginning before anybody can serve it, and which shards were the first is
 *    kept before any is opened: whoever owns the machine later decides the same.
 * 2. What has ended is learned from the checkpoints first, and from the board afterwards.
 * 3. What is ordered for a poller is done in that order, and again until it works, as long as the turn lasts.
 */
import { isQueue, isSharded, type MappingFact, type RuleId } from '@millrace/semantics';
import type { BoardFact } from '../ports/board.ts';
import type { Owner } from '../ports/register.ts';
import type { Turn } from '../ports/turns.ts';
import { aborted } from './aborted.ts';
import type { FleetOptions } from './fleetMapping.ts';
import { Looks } from './looks.ts';
import { MappingMachine } from './mappingMachine.ts';
import type { MappingPollers } from './mappingPollers.ts';
import { FROM } from './opening.ts';
import { persistently } from './persistently.ts';

/** The turn of a mapping's machine, and of its pollers. */
export const MACHINE = 'machine';

/** Under this name the machine's scope keeps the shards of the very first listing. */
const FIRST_SHARDS = 'first-shards';

export function turnName(uuid: string, part: string): string {
  return `${uuid}/${part}`;
}

interface MachineOptions extends FleetOptions {
  readonly pollers: MappingPollers;
}

export function serveMachine(turn: Turn, options: MachineOptions): Promise<void> {
  const owner = { name: turnName(options.uuid, MACHINE), epoch: turn.epoch };
  return new FleetMachine(owner, options, turn.ending).serve();
}

class FleetMachine {
  readonly #owner: Owner;
  readonly #options: MachineOptions;
  /** Aborted when the turn is over: nothing is begun or tried again any more. */
  readonly #over: AbortSignal;
  readonly #machine: MappingMachine;
  readonly #looks: Looks;
  /** Pollers of former owners, until it is known which of them are still wanted. */
  #before: readonly string[] = [];
  readonly #opened = new Set<string>();
  readonly #drained = new Set<string>();
  /** What is under way for a poller: what is ordered later is done later. */
  readonly #doing = new Map<string, Promise<unknown>>();
  /** Which shards were the first is kept, by this owner or by one before it. */
  #isKept = false;

  constructor(owner: Owner, options: MachineOptions, over: AbortSignal) {
    this.#owner = owner;
    this.#options = options;
    this.#over = over;
    const { clock, policy, source, pollers } = options;
    this.#machine = new MappingMachine(policy, clock, {
      open: (poller, from, rule) => this.#open(poller, from, rule),
      drain: (poller) => this.#drain(poller),
      configure: () => {},
      allow: (poller, batches) => this.#surely(poller, () => options.board.allow(owner, poller, batches)),
      note: (rule, from, to) => pollers.trace('scaled', rule, { from, to }),
      forget: (shard) => this.#forget(shard),
      look: (order) => this.#looks.look(order),
    });
    this.#looks = new Looks({
      source,
      clock,
      told: (fact) => this.#looked(fact),
      troubled: (problem) => pollers.lookTroubled(problem),
    });
  }

  async serve(): Promise<void> {
    const over = aborted(this.#over).then(() => this.#looks.close());
    let unsubscribe = () => {};
    try {
      this.#before = await this.#found();
      unsubscribe = this.#listen();
      await this.#start();
      await over;
    } finally {
      unsubscribe();
      this.#looks.close();
      this.#machine.close();
    }
  }

  #open(poller: string, from: 'start' | 'horizon', rule: RuleId): void {
    this.#opened.add(poller);
    this.#drained.delete(poller);
    this.#options.pollers.traceOpened(poller, from, rule);
    this.#surely(poller, () => this.#offer(poller, from));
  }

  /**
   * Members come and go while the group goes on: all that are drained at once count as gone, and what is not opened again
   * then is taken away.
   */
  #drain(poller: string): void {
    this.#drained.add(poller);
    if (this.#drained.size > 1) return;
    queueMicrotask(() => {
      for (const each of [...this.#drained]) this.#machine.tell({ what: 'pollerClosed', poller: each, ended: false });
      for (const each of this.#drained) this.#remove(each);
      this.#drained.clear();
    });
  }

  async #looked(fact: MappingFact): Promise<void> {
    if (fact.what === 'discovered' && !(await this.#keepFirst(fact.shards))) return;
    if (this.#over.aborted) return;
    this.#machine.tell(fact);
    this.#removeOthers();
  }

  #removeOthers(): void {
    for (const poller of this.#before) if (!this.#opened.has(poller)) this.#remove(poller);
    this.#before = [];
  }

  /** Pollers of former owners. Those of a queue may do nothing until they are asked for: a new owner scales anew. */
  async #found(): Promise<string[]> {
    const { board, policy } = this.#options;
    const before = [...(await board.allowances(this.#owner.name)).keys()];
    if (isQueue(policy.kind)) await Promise.all(before.map((poller) => board.allow(this.#owner, poller, 0)));
    return before;
  }

  /** What the machine hears of the pollers, wherever they are. */
  #listen(): () => void {
    const { board, policy } = this.#options;
    const hear = (fact: BoardFact) => {
      if (fact.what === 'throttled') {
        this.#looks.throttled();
        return;
      }
      if (fact.what === 'pollerClosed') this.#opened.delete(fact.poller);
      this.#machine.tell(fact);
      if (fact.what === 'pollerClosed') this.#remove(fact.poller);
    };
    // Whoever is told anew what it may do tells anew what it finds.
    const again = async () => {
      for (const [poller, batches] of await board.allowances(this.#owner.name))
        this.#try(board.allow(this.#owner, poller, batches));
      if (!isSharded(policy.kind)) return;
      for (const poller of await this.#ended()) {
        if (this.#opened.has(poller)) hear({ what: 'pollerClosed', poller, ended: true });
      }
    };
    return board.onFact(this.#owner.name, hear, () => this.#try(again()));
  }

  async #start(): Promise<void> {
    const { policy, checkpoints, uuid: mapping } = this.#options;
    if (isQueue(policy.kind)) {
      this.#machine.start();
      this.#removeOthers();
      return;
    }
    const partitions = isSharded(policy.kind) ? undefined : await this.#looks.partitions();
    const kept = (await checkpoints?.load({ mapping, name: MACHINE }))?.starts.get(FIRST_SHARDS);
    this.#isKept = kept !== undefined;
    const ended = await this.#ended();
    if (this.#over.aborted) return;
    this.#machine.tell({ what: 'resumed', firstShards: kept === undefined ? undefined : JSON.parse(kept), ended });
    this.#machine.start(partitions);
    if (!isSharded(policy.kind)) this.#removeOthers();
  }

  async #ended(): Promise<readonly string[]> {
    return (await this.#options.checkpoints?.ended(this.#options.uuid)) ?? [];
  }

  /**
   * The shards of the very first listing: they alone begin at the starting position, whoever looks later, and LATEST is
   * where they ended then. False when another owner may have kept others by now.
   */
  async #keepFirst(shards: readonly { readonly id: string }[]): Promise<boolean> {
    const { checkpoints, source, uuid: mapping } = this.#options;
    if (this.#isKept || !checkpoints) return true;
    for (const [name, word] of (await source.pins?.()) ?? []) {
      await checkpoints.begin({ mapping, name }, new Map([['', word]]));
    }
    const first = JSON.stringify(shards.map(({ id }) => id));
    const scope = { mapping, name: MACHINE, owner: this.#owner };
    this.#isKept = await checkpoints.begin(scope, new Map([[FIRST_SHARDS, first]]));
    return this.#isKept;
  }

  /** From now on some process serves this poller, and knows where it is to begin. */
  async #offer(poller: string, from: 'start' | 'horizon'): Promise<void> {
    const { board, turns, checkpoints, policy } = this.#options;
    if (from === 'horizon') {
      await checkpoints?.begin({ mapping: this.#options.uuid, name: poller }, new Map([[FROM, from]]));
    }
    await board.allow(this.#owner, poller, policy.batchesPerPoller);
    await turns.add(turnName(this.#options.uuid, poller));
  }

  #remove(poller: string): void {
    this.#surely(poller, async () => {
      await this.#options.turns.remove(turnName(this.#options.uuid, poller));
      await this.#options.board.forget(this.#owner, poller);
    });
  }

  /** After its turn was taken away: whoever had it would begin anew. */
  #forget(shard: string): void {
    const { checkpoints, uuid: mapping } = this.#options;
    this.#surely(shard, async () => checkpoints?.drop({ mapping, name: shard }));
  }

  /** The machine says it once: it is done until it works, or until another owner says it anew. */
  #surely(poller: string, doing: () => Promise<unknown>): void {
    const { clock, onError } = this.#options;
    const surely = () => persistently(doing, { clock, signal: this.#over, onError: (error) => onError?.(error) });
    const before = this.#doing.get(poller);
    const done = before ? before.then(surely) : surely();
    this.#doing.set(poller, done);
    void done.then(() => {
      if (this.#doing.get(poller) === done) this.#doing.delete(poller);
    });
  }

  #try(doing: Promise<unknown>): void {
    doing.catch((error) => this.#options.onError?.(error));
  }
}
