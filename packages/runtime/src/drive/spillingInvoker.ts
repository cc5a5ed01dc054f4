/**
 * Runs an invocation here while there is room, else somewhere in the fleet: many cheap batches stay where they are, heavy
 * functions spread out. Too few environments are a backlog, never a throttle.
 */
import type { Invoker } from '../ports/invoker.ts';

export interface Spill {
  readonly here: Invoker;
  readonly elsewhere: Invoker;
  /** Invocations at once that stay here. */
  readonly room: number;
}

export function spillingInvoker({ here, elsewhere, room }: Spill): Invoker {
  let running = 0;
  return {
    async invoke(invocation, keep) {
      if (running >= room) return elsewhere.invoke(invocation, keep);
      running += 1;
      try {
        return await here.invoke(invocation);
      } finally {
        running -= 1;
      }
    },
    permitUntilMs: (invocation) => (running >= room ? elsewhere.permitUntilMs?.(invocation) : undefined),
    environments: () => here.environments(),
    async close(graceMs) {
      await Promise.all([here.close(graceMs), elsewhere.close(graceMs)]);
    },
  };
}
