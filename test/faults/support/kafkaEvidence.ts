/** What is known at the end of a fault test of topics. A lane is a partition, called `topic-partition` as in events. */
import type { Halt, MachineMs } from './evidence.ts';

export interface Place {
  readonly lane: string;
  readonly offset: number;
}

/** A record, as a call was given it. */
export interface Given extends Place {
  readonly id: string;
}

/** One call of a function, as far as it was written down. */
export interface TopicCall {
  readonly id: string;
  readonly request: string;
  readonly pid: number;
  readonly ppid: number;
  readonly startedMs: MachineMs;
  /** When it was last heard of. */
  readonly seenMs: MachineMs;
  readonly ended: boolean;
  /** It was about to answer, perhaps with some records that failed. */
  readonly ok: boolean;
  /** Names of records that it answered as failed. */
  readonly failed: ReadonlySet<string>;
  readonly records: readonly Given[];
}

/** A commit as somebody who asked the brokers saw it: it was there at this time, perhaps for long. */
export interface SeenCommit {
  readonly lane: string;
  readonly offset: number;
  readonly atMs: MachineMs;
}

/** What a failure record tells: these offsets at the most, so many of them. */
export interface GivenUp {
  readonly batchSize: number;
  /** They were too old, and may never have been tried. */
  readonly isAged: boolean;
  readonly runs: readonly { readonly lane: string; readonly first: number; readonly last: number }[];
}

export interface LogEnd {
  /** Retention has what is before. */
  readonly earliest: number;
  /** Of the next record. */
  readonly latest: number;
}

export interface TopicEvidence {
  /** Records whose sending was answered. */
  readonly sent: readonly Given[];
  /** By lane, at the end. */
  readonly logs: ReadonlyMap<string, LogEnd>;
  readonly calls: readonly TopicCall[];
  /** Kills, pauses, rebalances. */
  readonly halts: readonly Halt[];
  readonly givenUp: readonly GivenUp[];
  /** In the order in which they were seen; the last of each lane is the one at the end. */
  readonly commits: readonly SeenCommit[];
  readonly timeoutMs: number;
}

export function nameOf({ lane, offset }: Place): string {
  return `${lane}@${offset}`;
}

type Line =
  | ({ readonly what: 'started'; readonly call: string; readonly atMs: MachineMs } & Pick<
      TopicCall,
      'request' | 'pid' | 'ppid' | 'records'
    >)
  | {
      readonly what: 'ended';
      readonly call: string;
      readonly atMs: MachineMs;
      readonly ok: boolean;
      readonly failed?: readonly string[];
    };

/** In the order of their starts. @throws when a line tells of a call that never started, which no fault explains */
export function readTopicCalls(text: string): TopicCall[] {
  const calls = new Map<string, TopicCall>();
  for (const row of text.split('\n')) {
    if (row === '') continue;
    const line = JSON.parse(row) as Line;
    const { call: id, atMs } = line;
    if (line.what === 'started') {
      const { request, pid, ppid, records } = line;
      const open = { startedMs: atMs, seenMs: atMs, ended: false, ok: false, failed: new Set<string>() };
      calls.set(id, { id, request, pid, ppid, records, ...open });
      continue;
    }
    const call = calls.get(id);
    if (!call) throw new Error(`call ${id} was never started`);
    calls.set(id, { ...call, seenMs: atMs, ended: true, ok: line.ok, failed: new Set(line.failed) });
  }
  return [...calls.values()].sort((a, b) => a.startedMs - b.startedMs);
}
