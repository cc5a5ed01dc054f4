/**
 * The machine of a mapping, as the process serves it that has its turn: the pollers are opened by offering their turns, and
 * what becomes of them is heard over the board.
 *
 * 1. A child shard knows that it begins at its beginning before anybody can serve it, and which shards were the first is
 *    kept before any is opened: whoever owns the machine later decides the same.
 * 2. What has ended is learned from the checkpoints first, and from the board afterwards.
 */
import { isQueue, isSharded, type MappingFact } from '@millrace/semantics';
import type { Owner } from '../ports/register.ts';
import type { Turn } from '../ports/turns.ts';
import type { FleetOptions } from './fleetMapping.ts';
import { Looks } from './looks.ts';
import { MappingMachine } from './mappingMachine.ts';
import type { MappingPollers } from './mappingPollers.ts';
import { FROM } from './opening.ts';

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
  return new FleetMachine(owner, options).serve(turn);
}

class FleetMachine {
  readonly #owner: Owner;
  readonly #options: MachineOptions;
  /** Which shards were the first is kept, by this owner or by one before it. */
  #isKept = false;

  constructor(owner: Owner, options: MachineOptions) {
    this.#owner = owner;
    this.#options = options;
  }

  async serve(turn: Turn): Promise<void> {
    const { clock, policy, source } = this.#options;
    const before = await this.#found();
    const opened = new Set<string>();
    const drained = new Set<string>();
    const machine = new MappingMachine(policy, clock, {
      open: (poller, from, rule) => {
        opened.add(poller);
        drained.delete(poller);
        this.#options.pollers.traceOpened(poller, from, rule);
        this.#try(this.#offer(poller, from));
      },
      // Members come and go while the group goes on: whatever is not opened again at once is taken away.
      drain: (poller) => {
        drained.add(poller);
        queueMicrotask(() => {
          machine.tell({ what: 'pollerClosed', poller, ended: false });
          if (drained.delete(poller)) this.#try(this.#removePoller(poller));
        });
      },
      configure: () => {},
      allow: (poller, batches) => this.#try(this.#options.board.allow(this.#owner, poller, batches)),
      note: (rule, from, to) => this.#options.pollers.trace('scaled', rule, { from, to }),
      look: (order) => looks.look(order),
    });
    const removeOthers = () => {
      for (const poller of before) if (!opened.has(poller)) this.#try(this.#removePoller(poller));
      before.length = 0;
    };
    const looks = new Looks({
      source,
      clock,
      throttled: () => this.#options.pollers.wasThrottled(),
      told: async (fact) => {
        if (fact.what === 'discovered') await this.#keepFirst(fact.shards);
        machine.tell(fact);
        removeOthers();
      },
      troubled: (problem) => this.#options.pollers.lookTroubled(problem),
    });
    const unsubscribe = this.#listen(machine);
    await this.#start(machine, looks, turn.ending);
    if (!isSharded(policy.kind)) removeOthers();
    await aborted(turn.ending);
    unsubscribe();
    looks.close();
    machine.close();
  }

  /** Pollers of former owners. Those of a queue may do nothing until they are asked for: a new owner scales anew. */
  async #found(): Promise<string[]> {
    const { board, policy } = this.#options;
    const before = [...(await board.allowances(this.#owner.name)).keys()];
    if (isQueue(policy.kind)) await Promise.all(before.map((poller) => board.allow(this.#owner, poller, 0)));
    return before;
  }

  /** What the machine hears of the pollers, wherever they are. */
  #listen(machine: MappingMachine): () => void {
    const { board, policy } = this.#options;
    const hear = (fact: MappingFact) => {
      machine.tell(fact);
      if (fact.what === 'pollerClosed') this.#try(this.#removePoller(fact.poller));
    };
    // Whoever is told anew what it may do tells anew what it finds.
    const again = async () => {
      for (const [poller, batches] of await board.allowances(this.#owner.name))
        this.#try(board.allow(this.#owner, poller, batches));
      if (!isSharded(policy.kind)) return;
      for (const poller of await this.#ended()) hear({ what: 'pollerClosed', poller, ended: true });
    };
    return board.onFact(this.#owner.name, hear, () => this.#try(again()));
  }

  async #start(machine: MappingMachine, looks: Looks, ending: AbortSignal): Promise<void> {
    const { policy, checkpoints, uuid: mapping } = this.#options;
    if (isQueue(policy.kind)) {
      machine.start();
      return;
    }
    const partitions = isSharded(policy.kind) ? undefined : await looks.partitions();
    const kept = (await checkpoints?.load({ mapping, name: MACHINE }))?.starts.get(FIRST_SHARDS);
    this.#isKept = kept !== undefined;
    const ended = await this.#ended();
    if (ending.aborted) return;
    machine.tell({ what: 'resumed', firstShards: kept === undefined ? undefined : JSON.parse(kept), ended });
    machine.start(partitions);
  }

  async #ended(): Promise<readonly string[]> {
    return (await this.#options.checkpoints?.ended(this.#options.uuid)) ?? [];
  }

  /**
   * The shards of the very first listing: they alone begin at the starting position, whoever looks later, and LATEST is
   * where they ended then.
   */
  async #keepFirst(shards: readonly { readonly id: string }[]): Promise<void> {
    if (this.#isKept) return;
    const { checkpoints, source, uuid: mapping } = this.#options;
    for (const [name, word] of (await source.pins?.()) ?? []) {
      await checkpoints?.begin({ mapping, name }, new Map([['', word]]));
    }
    const first = JSON.stringify(shards.map(({ id }) => id));
    await checkpoints?.begin({ mapping, name: MACHINE }, new Map([[FIRST_SHARDS, first]]));
    this.#isKept = true;
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

  async #removePoller(poller: string): Promise<void> {
    await this.#options.turns.remove(turnName(this.#options.uuid, poller));
    await this.#options.board.forget(this.#owner, poller);
  }

  #try(doing: Promise<unknown>): void {
    doing.catch((error) => this.#options.onError?.(error));
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
