/** What is known at the end of a fault test of shards, and how the log of their functions is read. */
import type { Halt, MachineMs } from './evidence.ts';

export interface Put {
  readonly id: string;
  readonly stream: string;
  readonly key: string;
  /** False: no answer came, so that it may be there or not. */
  readonly confirmed: boolean;
}

/** A record as it lies in its stream at the end. */
export interface Stored {
  readonly id: string;
  readonly stream: string;
  readonly key: string;
  readonly shard: string;
  /** Its place in its shard, from 0. */
  readonly index: number;
  readonly seq: string;
}

export interface WindowSeen {
  readonly shard: string;
  readonly start: string;
  readonly final: boolean;
  /** In the final call: what the state says was seen. */
  readonly seen?: readonly string[];
}

/** One call of a function, as far as it was written down. */
export interface ShardCall {
  readonly id: string;
  readonly request: string;
  /** The mapping's, too, and the stream's. */
  readonly function: string;
  readonly pid: number;
  readonly ppid: number;
  /** When its environment began. */
  readonly bornMs: MachineMs;
  readonly startedMs: MachineMs;
  /** When it was last heard of. */
  readonly seenMs: MachineMs;
  readonly ended: boolean;
  /** So many of its records, from the first, it was about to answer for as handled. */
  readonly done: number;
  readonly records: readonly { readonly id: string; readonly key: string; readonly seq: string }[];
  readonly window?: WindowSeen | undefined;
}

/** A failure record that has reached its destination. */
export interface Discarded {
  readonly stream: string;
  readonly shard: string;
  readonly first: string;
  readonly last: string;
  readonly size: number;
  readonly condition: string;
}

/** A line of the live trace that says why records come again. */
export interface Reason {
  readonly atMs: MachineMs;
  readonly stream: string;
  /** `opened`: whoever has the shard from now on repeats what was in progress. `lost`: an attempt got no answer. */
  readonly why: 'opened' | 'lost';
  readonly shard: string;
}

export interface ShardLine {
  readonly factor: number;
  readonly timeoutMs: number;
  /** Each shard's parents. */
  readonly parents: ReadonlyMap<string, readonly string[]>;
}

export interface ShardEvidence {
  readonly put: readonly Put[];
  readonly stored: readonly Stored[];
  readonly calls: readonly ShardCall[];
  readonly discarded: readonly Discarded[];
  readonly halts: readonly Halt[];
  readonly reasons: readonly Reason[];
  readonly lines: ReadonlyMap<string, ShardLine>;
}

type Row =
  | ({ readonly what: 'started'; readonly call: string; readonly atMs: MachineMs } & Pick<
      ShardCall,
      'request' | 'function' | 'pid' | 'ppid' | 'bornMs' | 'records' | 'window'
    >)
  | { readonly what: 'ended'; readonly call: string; readonly atMs: MachineMs; readonly done: number };

/** @throws when a line tells of a call that never started, which no fault explains */
export function readShardCalls(text: string): ShardCall[] {
  const calls = new Map<string, ShardCall>();
  // A line may be in the making.
  for (const row of text.slice(0, text.lastIndexOf('\n') + 1).split('\n')) {
    if (row === '') continue;
    const line = JSON.parse(row) as Row;
    const { call: id, atMs } = line;
    if (line.what === 'started') {
      const { what: _, call: __, atMs: ___, ...about } = line;
      calls.set(id, { id, ...about, startedMs: atMs, seenMs: atMs, ended: false, done: 0 });
      continue;
    }
    const call = calls.get(id);
    if (!call) throw new Error(`call ${id} was never started`);
    calls.set(id, { ...call, seenMs: atMs, ended: true, done: line.done });
  }
  return [...calls.values()].sort((a, b) => a.startedMs - b.startedMs);
}

/** Between being handed to an environment that is there and its first line a call takes no longer, on a busy machine. */
const HANDED_MS = 300;

/**
 * What was on its way into the function when its process was stopped writes its first line when that goes on: it was begun
 * when the process was stopped. Not so where the environment was still to be started.
 */
export function begunBefore(calls: readonly ShardCall[], halts: readonly Halt[]): ShardCall[] {
  const begun = calls.map((call) => {
    const halt = halts.find(
      ({ pid, fromMs, resumedMs = Number.POSITIVE_INFINITY }) =>
        pid === call.pid &&
        call.startedMs >= resumedMs &&
        call.startedMs <= resumedMs + HANDED_MS &&
        call.bornMs < fromMs,
    );
    return halt ? { ...call, startedMs: halt.fromMs } : call;
  });
  return begun.sort((a, b) => a.startedMs - b.startedMs);
}

/** Sequence numbers of one shard, in their order. */
export function isBetween(seq: string, first: string, last: string): boolean {
  return BigInt(first) <= BigInt(seq) && BigInt(seq) <= BigInt(last);
}

/** When a call was over at the earliest. */
export function overMs(call: ShardCall, { halts, lines }: Pick<ShardEvidence, 'halts' | 'lines'>): MachineMs {
  const { pid, ppid, startedMs, seenMs, ended, function: name } = call;
  const isOfCall = (halt: Halt) => halt.pid === pid || halt.pid === ppid;
  const killed = ended ? undefined : halts.find((halt) => isOfCall(halt) && halt.untilMs === Number.POSITIVE_INFINITY);
  const deadlineMs = startedMs + (lines.get(name)?.timeoutMs ?? Number.POSITIVE_INFINITY);
  return Math.min(deadlineMs, Math.max(seenMs, killed?.fromMs ?? seenMs));
}
