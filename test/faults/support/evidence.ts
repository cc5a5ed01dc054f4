/** What is known at the end of a fault test, and how the log of the functions is read. */

/** Milliseconds of the machine's own clock, the same in every process; `process.hrtime`. */
export type MachineMs = number;

export function machineNow(): MachineMs {
  return Number(process.hrtime.bigint()) / 1e6;
}

export interface Sent {
  readonly id: string;
  readonly queue: string;
  readonly group?: string | undefined;
  /** False: no answer came, so that it may be there or not. */
  readonly confirmed: boolean;
}

export interface Delivered {
  readonly id: string;
  readonly receives: number;
  readonly group?: string | undefined;
}

/** One call of a function, as far as it was written down. */
export interface Call {
  readonly id: string;
  readonly request: string;
  readonly function: string;
  readonly pid: number;
  readonly ppid: number;
  readonly startedMs: MachineMs;
  /** When it was last heard of. */
  readonly seenMs: MachineMs;
  readonly ended: boolean;
  /** It was about to answer that everything went well. */
  readonly ok: boolean;
  readonly messages: readonly Delivered[];
}

/** Something was killed (until for ever), paused, or out of reach. */
export interface Halt {
  /** Of one process and its children; absent: of what all of them need. */
  readonly pid?: number;
  readonly fromMs: MachineMs;
  readonly untilMs: MachineMs;
  /** When a process that was stopped went on. */
  readonly resumedMs?: MachineMs;
}

export interface FunctionLimit {
  readonly timeoutMs: number;
  /** Calls at once; absent: any number. */
  readonly most?: number | undefined;
}

export interface Evidence {
  readonly sent: readonly Sent[];
  readonly calls: readonly Call[];
  readonly halts: readonly Halt[];
  /** Ids in dead-letter queues. */
  readonly dead: readonly string[];
  /** Ids that are still in their queues. */
  readonly left: readonly string[];
  readonly functions: ReadonlyMap<string, FunctionLimit>;
}

type Line =
  | ({ readonly what: 'started'; readonly call: string; readonly atMs: MachineMs } & Pick<
      Call,
      'request' | 'function' | 'pid' | 'ppid' | 'messages'
    >)
  | { readonly what: 'alive'; readonly call: string; readonly atMs: MachineMs }
  | { readonly what: 'ended'; readonly call: string; readonly atMs: MachineMs; readonly ok: boolean };

/** @throws when a line tells of a call that never started, which no fault explains */
export function readCalls(text: string): Call[] {
  const calls = new Map<string, Call>();
  for (const row of text.split('\n')) {
    if (row === '') continue;
    const line = JSON.parse(row) as Line;
    const { call: id, atMs } = line;
    if (line.what === 'started') {
      const { request, function: name, pid, ppid, messages } = line;
      const open = { startedMs: atMs, seenMs: atMs, ended: false, ok: false };
      calls.set(id, { id, request, function: name, pid, ppid, messages, ...open });
      continue;
    }
    const call = calls.get(id);
    if (!call) throw new Error(`call ${id} was never started`);
    const ended = line.what === 'ended' && { ended: true, ok: line.ok };
    calls.set(id, { ...call, seenMs: atMs, ...ended });
  }
  return [...calls.values()].sort((a, b) => a.startedMs - b.startedMs);
}
