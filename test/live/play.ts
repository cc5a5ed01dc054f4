/** A scenario file on the wall clock, as `millrace up --once` plays it. */
import type { Journal } from '@millrace/runtime';
import type { RunOptions } from '../../packages/cli/src/engine.ts';
import { loadOnce } from '../../packages/cli/src/live/onceCommand.ts';

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
