/** One process of a fleet: what it owns by turns, what it orders as jobs, and which jobs it takes. */
import { bullJobs, redisBoard, redisRegister, redisTurns } from '@millrace/redis';
import {
  type Board,
  type Invoker,
  type Register,
  registeredInvoker,
  spillingInvoker,
  systemClock,
  type Turns,
} from '@millrace/runtime';
import { causeText } from '@millrace/semantics';
import type { Plan } from '@millrace/simulation';
import { definitionOf } from './functions.ts';

export type Role = 'all' | 'poller' | 'worker';

export const roles: readonly Role[] = ['all', 'poller', 'worker'];

type Connection = Parameters<typeof redisTurns>[0]['connection'];

export interface FleetOptions {
  readonly role: Role;
  readonly connection: Connection;
  readonly prefix: string;
  readonly plan: Plan;
  /** Environments of one function in this process, at most. */
  readonly maxEnvironments: number;
  readonly log: (level: 'info' | 'warn' | 'error', text: string) => void;
}

export interface Fleet {
  readonly role: Role;
  readonly turns: Turns;
  readonly board: Board;
  readonly register: Register;
  /** Told of what is tried again or made up for. */
  readonly onError: (error: unknown) => void;
  /** Puts the fleet behind a function: its invocations run here, elsewhere, or both. */
  wrap(invoker: Invoker, index: number): Invoker;
  /** Ends the turns of this process, and lets the jobs that it has taken finish. */
  drain(graceMs: number): Promise<void>;
  close(): void;
}

/** A quarter of a process's environments is kept for jobs of other processes. */
const SHARE_FOR_JOBS = 4;
/** A poller that is handed over lets what it runs finish: longer than any of its invocations takes. */
const DRAIN_GRACE_MS = 30_000;
const TOLD_AGAIN_MS = 10_000;
/** Texts that are remembered as told. */
const MOST_TOLD = 100;

export function joinFleet(options: FleetOptions): Fleet {
  const { role, connection, prefix, plan, maxEnvironments, log } = options;
  const clock = systemClock;
  const [told, closed] = [new Map<string, number>(), new AbortController()];
  // Every connection says anew each second that Redis is away; whoever reads the log needs to know it once in a while.
  const onError = (error: unknown) => {
    const text = causeText(error);
    if (closed.signal.aborted || clock.now() < (told.get(text) ?? 0)) return;
    if (told.size >= MOST_TOLD) told.clear();
    told.set(text, clock.now() + TOLD_AGAIN_MS);
    log('warn', text);
  };
  // Processes that run the same scenario share its pollers; others on the same Redis have their own.
  const drainMs = Math.max(0, ...plan.functions.map(({ timeoutMs }) => timeoutMs)) + DRAIN_GRACE_MS;
  const turns = redisTurns({ connection, clock, prefix, group: groupOf(plan), drainMs, onError });
  const board = redisBoard({ connection, prefix, onError });
  const register = redisRegister(connection, { clock, prefix });
  const jobs = bullJobs({ connection, clock, prefix, onError });
  const forJobs = role === 'worker' ? maxEnvironments : Math.max(1, Math.floor(maxEnvironments / SHARE_FOR_JOBS));
  const workers: ReturnType<typeof jobs.worker>[] = [];
  return {
    role,
    turns,
    board,
    register,
    onError,
    wrap(here, index) {
      const one = plan.functions[index];
      if (!one) throw new RangeError(`the plan has no function ${index}`);
      const { name: functionName, timeoutMs } = definitionOf(one);
      if (role !== 'poller') workers.push(jobs.worker({ functionName, invoker: here, concurrency: forJobs }));
      if (role === 'worker') return here;
      const asJobs = jobs.invoker({ functionName, timeoutMs });
      const elsewhere = registeredInvoker({ elsewhere: asJobs, register, timeoutMs, clock, onError });
      if (role === 'poller') return elsewhere;
      return spillingInvoker({ here, elsewhere, room: Math.max(1, maxEnvironments - forJobs) });
    },
    async drain(graceMs) {
      await turns.close(graceMs);
      await Promise.all(workers.map((worker) => worker.close(graceMs)));
    },
    close() {
      closed.abort();
      jobs.close();
      board.close();
    },
  };
}

function groupOf({ name, accountId, region }: Plan): string {
  return `${accountId}/${region}/${name}`;
}
