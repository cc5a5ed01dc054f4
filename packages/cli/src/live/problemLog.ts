/** What goes wrong with mappings, as lines of a log: when it begins, when it is over, and nothing twice in a row. */
import type { Meter, RunningMapping } from '@millrace/runtime';
import type { Log } from './logs.ts';

type Watched = Pick<RunningMapping, 'trouble'> & { readonly meter: Pick<Meter, 'lastError'> };

interface Told {
  readonly trouble?: string | undefined;
  readonly error?: string | undefined;
}

export class ProblemLog {
  readonly #log: Log;
  readonly #told = new Map<string, Told>();

  constructor(log: Log) {
    this.#log = log;
  }

  look(mappings: Iterable<readonly [string, Watched]>): void {
    for (const [name, { trouble, meter }] of mappings) {
      const told = this.#told.get(name) ?? {};
      if (trouble !== undefined && trouble !== told.trouble)
        this.#log('warn', `${name} cannot read its source: ${trouble}`);
      if (trouble === undefined && told.trouble !== undefined) this.#log('info', `${name} can read its source again`);
      const error = meter.lastError?.text;
      // Trouble with the source counts as an error, too.
      const isNew = error !== undefined && error !== told.error && error !== trouble && error !== told.trouble;
      if (isNew) this.#log('warn', `${name}, last error: ${error}`);
      this.#told.set(name, { trouble, error });
    }
  }
}
