/** When the mappings of a run that is played began to read: where LATEST is, for each of them. */
import type { Checkpoints, Clock } from '@millrace/runtime';

const LOOK_EVERY_MS = 10;

export class OnceBeginnings {
  readonly checkpoints: Checkpoints;
  readonly #clock: Clock;
  readonly #begun = new Map<string, number>();

  /** Every poller keeps where it begins before it reads. */
  constructor(checkpoints: Checkpoints, clock: Clock) {
    this.#clock = clock;
    this.checkpoints = {
      load: (scope) => checkpoints.load(scope),
      begin: async (scope, starts) => {
        const isKept = await checkpoints.begin(scope, starts);
        if (!this.#begun.has(scope.mapping)) this.#begun.set(scope.mapping, clock.now());
        return isKept;
      },
      save: (scope, factor, order) => checkpoints.save(scope, factor, order),
      end: (scope) => checkpoints.end(scope),
      ended: (mapping) => checkpoints.ended(mapping),
      forget: (mapping) => checkpoints.forget(mapping),
    };
  }

  /** Undefined while the mapping with this id has not begun. */
  begunMs(uuid: string): number | undefined {
    return this.#begun.get(uuid);
  }

  /** Waits for these mappings, but not for longer. */
  async wait(uuids: readonly string[], mostMs: number, signal?: AbortSignal): Promise<void> {
    const untilMs = this.#clock.now() + mostMs;
    while (uuids.some((uuid) => !this.#begun.has(uuid)) && this.#clock.now() < untilMs && signal?.aborted !== true) {
      await this.#clock.until(this.#clock.now() + LOOK_EVERY_MS, signal);
    }
  }
}
