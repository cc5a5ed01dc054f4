/** A scenario's scripted function behind the port of functions: it answers what the script says, after as long as it says. */
import { type Clock, type Invocation, type InvocationResult, type Invoker, systemClock } from '@millrace/runtime';
import type { ScriptedFunction } from '@millrace/simulation';

export function scriptedInvoker(script: ScriptedFunction, clock: Clock = systemClock): Invoker {
  let running = 0;
  let most = 0;
  return {
    async invoke({ event, startBy }: Invocation): Promise<InvocationResult> {
      const startMs = clock.now();
      if (startBy !== undefined && startMs > startBy) return lost(startMs);
      const { answer, durationMs } = script.invoke(event as Parameters<ScriptedFunction['invoke']>[0]);
      const cold = running === most;
      running += 1;
      most = Math.max(most, running);
      if (durationMs > 0) await clock.until(startMs + durationMs);
      running -= 1;
      return { answer, cold, startMs, endMs: clock.now() };
    },
    environments: () => ({ running, idle: most - running }),
    close: async () => {},
  };
}

function lost(atMs: number): InvocationResult {
  return { answer: { kind: 'lost' }, cold: false, startMs: atMs, endMs: atMs };
}
