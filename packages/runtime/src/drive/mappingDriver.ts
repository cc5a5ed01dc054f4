/** One mapping of which this process has everything: the machine and all of its pollers. */
import { causeText, isQueue, type MappingPolicy, type MappingSettings } from '@millrace/semantics';
import { Looks } from './looks.ts';
import { MappingMachine } from './mappingMachine.ts';
import type { MappingOptions } from './mappingOptions.ts';
import { MappingPollers } from './mappingPollers.ts';
import type { Meter } from './meter.ts';
import { persistently } from './persistently.ts';

/** A mapping that runs, alone or as one of a fleet. */
export interface RunningMapping {
  readonly name: string;
  readonly meter: Meter;
  /** What keeps its source from being read, while it does. */
  readonly trouble: string | undefined;
  /** Pollers that are open in this process, and how many of them may work. */
  pollers(): { readonly open: number; readonly working: number };
  start(): void;
  /** Starts nothing new and resolves when what runs here has ended. */
  stop(): Promise<void>;
  /** Gives back connections; after the last stop. */
  close(): Promise<void>;
  /** A changed mapping; its pollers go on with what they hold. */
  configure(settings: MappingSettings, policy: MappingPolicy): void;
  /** The fault `crash-poller`: its pollers here lose what they hold. Absent where processes own them in turns. */
  crash?(): void;
}

export class MappingDriver implements RunningMapping {
  readonly name: string;
  readonly #pollers: MappingPollers;
  readonly #machine: MappingMachine;
  readonly #looks: Looks;
  readonly #checkpoints: MappingOptions['checkpoints'];
  readonly #uuid: string;
  readonly #source: MappingOptions['source'];
  readonly #isQueue: boolean;
  #stopped = false;
  #onEmpty: (() => void)[] = [];
  readonly #closing = new AbortController();
  readonly #clock: MappingOptions['clock'];

  constructor(options: MappingOptions) {
    this.name = options.name;
    const pollers = new MappingPollers(options, {
      told: (fact) => this.#machine.tell(fact),
      throttled: () => this.#looks.throttled(),
      closed: (poller, ended) => this.#closed(poller.name, ended),
    });
    this.#pollers = pollers;
    this.#checkpoints = options.checkpoints;
    this.#clock = options.clock;
    this.#uuid = options.uuid;
    this.#source = options.source;
    this.#isQueue = isQueue(options.settings.kind);
    this.#looks = new Looks({
      source: options.source,
      clock: options.clock,
      told: (fact) => this.#machine.tell(fact),
      troubled: (problem) => pollers.lookTroubled(problem),
    });
    this.#machine = new MappingMachine(options.policy, options.clock, {
      open: (name, from, rule) => {
        pollers.traceOpened(name, from, rule);
        pollers.open({ name, from });
      },
      drain: (poller, rule) => {
        pollers.trace('closed', rule, { poller });
        pollers.get(poller)?.tell({ what: 'drainRequested' });
      },
      configure: (poller, rule) => {
        pollers.trace('state', rule, { poller });
        pollers.configureOne(poller);
      },
      allow: (poller, batches) => pollers.allow(poller, batches),
      note: (rule, from, to) => pollers.trace('scaled', rule, { from, to }),
      forget: (shard) => this.#forget(shard),
      look: (order) => this.#looks.look(order),
    });
  }

  get meter(): Meter {
    return this.#pollers.meter;
  }

  get trouble(): string | undefined {
    return this.#pollers.trouble;
  }

  pollers(): { readonly open: number; readonly working: number } {
    return this.#pollers.counts();
  }

  start(): void {
    this.#stopped = false;
    if (this.#isQueue) this.#machine.start();
    else void this.#begin();
  }

  /** What ended in an earlier life of the mapping stays so. */
  async #begin(): Promise<void> {
    const onError = (error: unknown) => this.#pollers.lookTroubled(String(error));
    const { signal } = this.#closing;
    const asked = async () => (await this.#checkpoints?.ended(this.#uuid)) ?? [];
    const ended = (await persistently(asked, { clock: this.#clock, signal, onError })) ?? [];
    const partitions = await this.#looks.partitions();
    if (partitions === undefined || this.#stopped) return;
    this.#machine.tell({ what: 'resumed', firstShards: undefined, ended });
    this.#machine.start(partitions);
  }

  #forget(shard: string): void {
    const { signal } = this.#closing;
    const onError = (error: unknown) => this.meter.failed(causeText(error), this.#clock.now());
    const drop = () => this.#checkpoints?.drop({ mapping: this.#uuid, name: shard });
    void persistently(drop, { clock: this.#clock, signal, onError });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#machine.disable();
    if (this.#pollers.size > 0) await new Promise<void>((resolve) => this.#onEmpty.push(resolve));
    if (this.#stopped) this.#machine.close();
    await this.#pollers.idle();
  }

  /** Gives back what the mapping holds of its source; it never starts again. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#looks.close();
    this.#pollers.close();
    await this.#source.close?.();
  }

  configure(settings: MappingSettings, policy: MappingPolicy): void {
    const repartition = this.#pollers.configure(settings, policy);
    this.#machine.tell({ what: 'reconfigured', policy, repartition });
  }

  crash(): void {
    this.#pollers.crash();
  }

  #closed(poller: string, ended: boolean): void {
    this.#machine.tell({ what: 'pollerClosed', poller, ended });
    if (this.#pollers.size > 0) return;
    for (const resolve of this.#onEmpty.splice(0)) resolve();
  }
}
