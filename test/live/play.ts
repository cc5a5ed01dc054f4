/** A scenario file on the wall clock, as `millrace up --once` plays it. */
import type { Journal } from '@millrace/runtime';
import type { RunOptions } from '../../packages/cli/src/engine.ts';
import { loadOnce } from '../../packages/cli/src/live/onceCommand.ts';

type Played = Awaited<ReturnType<typeof playFile>>;

/** Runs that go on at the same time, because most of it is waiting; each test awaits its own. */
export class Plays {
  readonly #runs = new Map<string, Promise<Played>>();

  /** Resolves when the run has begun: those that begin all at once would be late for their own events. */
  async start(file: string, play: (options: RunOptions) => Promise<Played>): Promise<void> {
    await new Promise<void>((resolve) => {
      const run = play({ onHeader: () => resolve() });
      run.then(
        () => resolve(),
        () => resolve(),
      );
      this.#runs.set(file, run);
    });
  }

  of(file: string): Promise<Played> {
    return this.#runs.get(file) ?? Promise.reject(new Error(`${file} was not started`));
  }
}

export async function playFile(
  file: string,
  redisUrl: string,
  options: RunOptions,
  toleranceMs: number,
  journal?: Journal,
) {
  const problems: string[] = [];
  const loaded = await loadOnce(file, {
    redisUrl,
    folder: '.millrace',
    inline: false,
    maxEnvironments: 100,
    toleranceMs,
    journal,
    log: (level, text) => {
      if (level !== 'info') problems.push(text);
    },
  });
  return { ...(await loaded.run(options)), problems };
}
