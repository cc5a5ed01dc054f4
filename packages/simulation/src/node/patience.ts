/**
 * How long real code may take in real time. Virtual time stands still meanwhile, so only a real clock can tell.
 *
 * Its timers do not keep the process alive: when nothing else does either, no answer can come any more, and those that
 * wait get the late answer at once.
 */
import process from 'node:process';
import type { Patience } from '../engine/functions/handler.ts';

export const defaultPatienceMs = 60_000;

const waiting = new Set<() => void>();

function nothingLeft(): void {
  for (const giveUp of [...waiting]) giveUp();
}

function watch(giveUp: () => void): void {
  if (waiting.size === 0) process.on('beforeExit', nothingLeft);
  waiting.add(giveUp);
}

function unwatch(giveUp: () => void): void {
  waiting.delete(giveUp);
  if (waiting.size === 0) process.off('beforeExit', nothingLeft);
}

/**
 * Waits so many milliseconds of real time for an answer, then gives the late one. Whenever that happens, `late` is told
 * first.
 */
export function realPatience(patienceMs: number = defaultPatienceMs, late: () => void = () => undefined): Patience {
  return (answer, lateAnswer) =>
    new Promise((resolve, reject) => {
      const giveUp = (): void => {
        stop();
        late();
        resolve(lateAnswer);
      };
      const timer = setTimeout(giveUp, patienceMs);
      const stop = (): void => {
        clearTimeout(timer);
        unwatch(giveUp);
      };
      timer.unref();
      watch(giveUp);
      answer.then(
        (value) => {
          stop();
          resolve(value);
        },
        (error: unknown) => {
          stop();
          reject(error);
        },
      );
    });
}
