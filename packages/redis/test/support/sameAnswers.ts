/** Random commands that a model and Redis carry out at the same times, and answer the same. */
import { isDeepStrictEqual as equals } from 'node:util';
import fc from 'fast-check';
import { expect } from 'vitest';

const LONGEST_RUN = 100;

interface Pair<Command> {
  /** What each of them answers. */
  run(command: Command): Promise<{ readonly model: unknown; readonly redis: unknown }>;
  close?(): Promise<void>;
}

/** How many commands a test carries out; with MILLRACE_DEEP=1 it is 100,000. */
export function commandsOf(usual: number): number {
  return process.env.MILLRACE_DEEP === '1' ? 100_000 : usual;
}

/** Runs of commands, each on a pair of its own, until there were so many. */
export async function expectSameAnswers<Setting, Command>(
  atLeast: number,
  setting: fc.Arbitrary<Setting>,
  command: fc.Arbitrary<Command>,
  open: (setting: Setting, round: number) => Promise<Pair<Command>>,
): Promise<void> {
  let commands = 0;
  let round = 0;
  let isShrinking = false;
  const steps = fc.array(command, { maxLength: LONGEST_RUN, size: 'max' });
  const property = fc.asyncProperty(setting, steps, async (given, all) => {
    if (commands >= atLeast && !isShrinking) return;
    const pair = await open(given, ++round);
    for (const step of all) {
      const { model, redis } = await pair.run(step);
      commands++;
      isShrinking ||= !equals(redis, model);
      expect(redis).toEqual(model);
    }
    await pair.close?.();
  });
  await fc.assert(property, { numRuns: atLeast / 10, endOnFailure: false });
  expect(commands).toBeGreaterThanOrEqual(atLeast);
}
