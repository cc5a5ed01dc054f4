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
import type { Tracer } from './trace.ts';

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
    if (poller.source.commit && !(await poller.source.commit(order.ledgers))) return false;
    this.#trace(order, poller);
    return true;
  }

  #trace({ ledgers, rule }: SaveOrder, { name: poller, source }: PollerDriver): void {
    const { tracer, clock, name: mapping } = this.#options;
    if (!tracer.active) return;
    for (const { lane, checkpoint } of ledgers) {
      const data = checkpoint === undefined ? undefined : source.checkpoint?.(lane, checkpoint);
      if (checkpoint === undefined || !data) continue;
      const records = source.names([checkpoint]);
      tracer.emit({ at: clock.now(), what: 'checkpoint', mapping, poller, records, rule, data: { ...data } });
    }
  }

  async end(poller: string, scope: Scope): Promise<void> {
    const { checkpoints, clock, meter, tracer, name: mapping } = this.#options;
    const onError = (error: unknown) => meter.failed(String(error), clock.now());
    await persistently(async () => checkpoints?.end(scope), { clock, signal: this.#stopping.signal, onError });
    const rule = 'stream.parents-before-children';
    tracer.emit({ at: clock.now(), what: 'closed', mapping, poller, rule, data: { poller, ended: true } });
  }

  /** Nothing is tried again any more. */
  close(): void {
    this.#stopping.abort();
  }
}
