/**
 * Keeps how far the pollers of a mapping are.
 *
 * 1. Our own checkpoint is durable before the source is told: what the source says is committed is never ahead of it.
 * 2. A shard counts as ended once that is durable, and not sooner: its children open then.
 */
import type { SaveOrder } from '@millrace/semantics';
import type { Clock } from '../clock.ts';
import type { Checkpoints, Scope } from '../ports/checkpoints.ts';
import type { Meter } from './meter.ts';
import { persistently } from './persistently.ts';
import type { PollerDriver } from './pollerDriver.ts';
import type { LiveEvent, Tracer } from './trace.ts';

export interface KeeperOptions {
  /** The mapping's. */
  readonly name: string;
  readonly checkpoints?: Checkpoints | undefined;
  readonly clock: Clock;
  readonly tracer: Tracer;
  readonly meter: Meter;
}

export class ProgressKeeper {
  readonly #options: KeeperOptions;
  readonly #stopping = new AbortController();

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  /** False when a newer owner has taken over, or the group has a new generation. */
  async save(order: SaveOrder, poller: PollerDriver, scope: Scope, factor: number): Promise<boolean> {
    const { checkpoints } = this.#options;
    if (checkpoints && !(await checkpoints.save(scope, factor, order))) return false;
    // Named before the source is told: what a checkpoint has passed, that of another save included, it forgets.
    const named = this.#named(order, poller);
    if (poller.source.commit && !(await poller.source.commit(order.ledgers))) return false;
    poller.source.passed?.(order.ledgers);
    const { tracer, clock } = this.#options;
    for (const event of named) tracer.emit({ at: clock.now(), what: 'checkpoint', ...event });
    return true;
  }

  #named({ ledgers, rule }: SaveOrder, { name: poller, source }: PollerDriver): Omit<LiveEvent, 'at' | 'what'>[] {
    const { tracer, name: mapping } = this.#options;
    if (!tracer.active) return [];
    return ledgers.flatMap(({ lane, checkpoint }) => {
      const data = checkpoint === undefined ? undefined : source.checkpoint?.(lane, checkpoint);
      if (checkpoint === undefined || !data) return [];
      return [{ mapping, poller, records: source.names([checkpoint]), rule, data: { ...data } }];
    });
  }

  /** False when a newer owner has taken over, or nobody waits any more: it is for others to end then. */
  async end(poller: string, scope: Scope): Promise<boolean> {
    const { checkpoints, clock, meter, tracer, name: mapping } = this.#options;
    const onError = (error: unknown) => meter.failed(String(error), clock.now());
    const end = async () => checkpoints?.end(scope) ?? true;
    if (!(await persistently(end, { clock, signal: this.#stopping.signal, onError }))) return false;
    const rule = 'stream.parents-before-children';
    tracer.emit({ at: clock.now(), what: 'closed', mapping, poller, rule, data: { poller, ended: true } });
    return true;
  }

  get isClosed(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** Nothing is tried again any more. */
  close(): void {
    this.#stopping.abort();
  }
}
