/**
 * When the mappings of a run that is played began to read: where LATEST is, for each of them. And whether anything is being
 * saved: the last checkpoint is told after the last record has its fate.
 */
import type { Checkpoints, Clock } from '@millrace/runtime';

const LOOK_EVERY_MS = 10;

export class OnceBeginnings {
  readonly checkpoints: Checkpoints;
  readonly #clock: Clock;
  readonly #begun = new Map<string, number>();
  #saving = 0;

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
      save: async (scope, factor, order) => {
        this.#saving += 1;
        try {
          return await checkpoints.save(scope, factor, order);
        } finally {
          this.#saving -= 1;
        }
      },
      end: (scope) => checkpoints.end(scope),
      ended: (mapping) => checkpoints.ended(mapping),
      drop: (scope) => checkpoints.drop(scope),
      forget: (mapping) => checkpoints.forget(mapping),
    };
  }

  /** Undefined while the mapping with this id has not begun. */
  begunMs(uuid: string): number | undefined {
    return this.#begun.get(uuid);
  }

  get isSaving(): boolean {
    return this.#saving > 0;
  }

  /** Waits for these mappings, but not for longer. */
  async wait(uuids: readonly string[], mostMs: number, signal?: AbortSignal): Promise<void> {
    const untilMs = this.#clock.now() + mostMs;
    while (uuids.some((uuid) => !this.#begun.has(uuid)) && this.#clock.now() < untilMs && signal?.aborted !== true) {
      await this.#clock.until(this.#clock.now() + LOOK_EVERY_MS, signal);
    }
  }
}
