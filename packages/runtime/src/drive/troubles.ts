/** What keeps a mapping's source from being looked at, opened or read. Who can do so again takes back nobody else's. */
import type { Clock } from '../clock.ts';
import type { Meter } from './meter.ts';

export class Troubles {
  readonly #meter: Meter;
  readonly #clock: Clock;
  readonly #problems = new Map<unknown, string>();

  constructor(meter: Meter, clock: Clock) {
    this.#meter = meter;
    this.#clock = clock;
  }

  /** One of them, while there is one. */
  get first(): string | undefined {
    const [problem] = this.#problems.values();
    return problem;
  }

  /** Undefined: it is over. */
  set(who: unknown, problem: string | undefined): void {
    if (problem === undefined) this.#problems.delete(who);
    else {
      this.#meter.failed(problem, this.#clock.now());
      this.#problems.set(who, problem);
    }
  }
}
