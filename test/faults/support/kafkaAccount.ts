/**
 * The account of a fault test of topics. Each checker answers a sentence for everything that no fault explains.
 *
 * 1. Every record of the log was handled or given up (a failure record tells of it), or retention had it first. What a
 *    producer was told to be in the log is there, at its place.
 * 2. In each partition no record is begun, for the first time, before an earlier one; and none is handled before all earlier
 *    ones are finished, those aside that the same call has answered as failed.
 * 3. No two calls hold records of one partition at once, but around a fault: a group takes a partition away while a batch
 *    of it runs.
 * 4. An attempt is made again, and what was handled comes again, only around a fault.
 * 5. Committed offsets are never ahead of what is finished, never go back, and are the ends of the logs when all is over.
 *
 * A fault explains what was begun before its end and came again after its beginning. The kill of a process is an instant.
 */
import type { Halt, MachineMs } from './evidence.ts';
import { nameOf, type Place, type TopicCall, type TopicEvidence } from './kafkaEvidence.ts';
import { finished } from './kafkaFinished.ts';

export interface TopicAccount {
  readonly violations: readonly string[];
  /** Figures for people. */
  readonly summary: string;
  readonly duplicates: number;
  readonly givenUp: number;
  readonly expired: number;
  readonly calls: number;
}

const checkers = [
  lost,
  misplaced,
  invented,
  hidden,
  begunOutOfOrder,
  handledOutOfOrder,
  overlapping,
  repeated,
  againWithoutFault,
  committedAhead,
  committedBack,
  notCommitted,
] as const;

export function topicAccount(evidence: TopicEvidence): TopicAccount {
  const { logs, calls, commits, halts } = evidence;
  const done = finished(evidence);
  const records = [...logs.values()].reduce((sum, { latest }) => sum + latest, 0);
  const duplicates = againOf(evidence).length;
  const summary =
    `${records} in the log = ${done.handled} handled, ${done.givenUp} given up, ${done.expired} expired; ` +
    `${calls.length} calls, ${duplicates} duplicates, ${halts.length} faults and rebalances, ${commits.length} commits seen`;
  const violations = checkers.flatMap((check) => check(evidence).slice(0, MOST_OF_A_KIND));
  return { violations, summary, duplicates, givenUp: done.givenUp, expired: done.expired, calls: calls.length };
}

/** One mistake may show a thousand times. */
const MOST_OF_A_KIND = 20;

export function lost(evidence: TopicEvidence): string[] {
  const { doneMs } = finished(evidence);
  return [...evidence.logs].flatMap(([lane, { latest }]) => {
    const found: string[] = [];
    for (let offset = 0; offset < latest; offset += 1) {
      const name = nameOf({ lane, offset });
      if (!doneMs.has(name)) found.push(`${name} is in the log, and was neither handled nor given up`);
    }
    return found;
  });
}

/** Brokers and pollers have it where the producer was told it is. */
export function misplaced({ sent, calls, logs }: TopicEvidence): string[] {
  const ids = new Map(sent.map((record) => [nameOf(record), record.id]));
  const seen = calls.flatMap(({ records }) => records);
  return [
    ...sent.flatMap((record) =>
      record.offset >= (logs.get(record.lane)?.latest ?? 0) ? [`${nameOf(record)} was confirmed and is gone`] : [],
    ),
    ...seen.flatMap((record) => {
      const id = ids.get(nameOf(record)) ?? record.id;
      return id === record.id ? [] : [`${nameOf(record)} is ${id}, and a call was given ${record.id}`];
    }),
  ];
}

export function invented({ calls, logs }: TopicEvidence): string[] {
  const isThere = ({ lane, offset }: Place) => offset >= 0 && offset < (logs.get(lane)?.latest ?? 0);
  return calls.flatMap(({ records }) =>
    records.flatMap((record) => (isThere(record) ? [] : [`${nameOf(record)} is not in the log`])),
  );
}

/** A failure record tells of a run of offsets: no more of them are missing than it counts. */
export function hidden(evidence: TopicEvidence): string[] {
  const { handledMs } = finished(evidence);
  return evidence.givenUp.flatMap(({ batchSize, runs }) => {
    let missing = 0;
    for (const { lane, first, last } of runs) {
      for (let offset = first; offset <= last; offset += 1) if (!handledMs.has(nameOf({ lane, offset }))) missing += 1;
    }
    const where = runs.map(({ lane, first, last }) => `${lane}@${first}–${last}`).join(', ');
    return missing <= batchSize ? [] : [`${batchSize} records of ${where} were given up, and ${missing} are missing`];
  });
}

export function begunOutOfOrder({ calls }: TopicEvidence): string[] {
  const begun = new Set<string>();
  const highest = new Map<string, number>();
  return calls.flatMap((call) => {
    const last = new Map<string, number>();
    return call.records.flatMap(({ lane, offset }) => {
      const name = nameOf({ lane, offset });
      const found: string[] = [];
      if ((last.get(lane) ?? -1) >= offset) found.push(`call ${call.id} has ${name} behind ${lane}@${last.get(lane)}`);
      last.set(lane, offset);
      const high = highest.get(lane) ?? -1;
      if (!begun.has(name) && offset < high) found.push(`${name} was begun only after ${lane}@${high}`);
      begun.add(name);
      highest.set(lane, Math.max(high, offset));
      return found;
    });
  });
}

export function handledOutOfOrder(evidence: TopicEvidence): string[] {
  const { handledBy, doneMs, allDoneMs } = finished(evidence);
  return evidence.calls.flatMap((call) => {
    const found: string[] = [];
    const lowest = new Map<string, number>();
    const here = new Set(call.records.map(nameOf));
    for (const record of call.records) {
      const { lane, offset } = record;
      if (!lowest.has(lane)) lowest.set(lane, offset);
      if (handledBy.get(nameOf(record)) !== call) continue;
      const from = lowest.get(lane) ?? offset;
      const isLate = (before: number) =>
        !here.has(nameOf({ lane, offset: before })) &&
        (doneMs.get(nameOf({ lane, offset: before })) ?? Number.POSITIVE_INFINITY) > call.startedMs;
      if (allDoneMs(lane, from) > call.startedMs)
        found.push(`${nameOf(record)} was handled while records before ${lane}@${from} were not finished`);
      for (let before = from; before < offset; before += 1)
        if (isLate(before)) found.push(`${nameOf(record)} was handled before ${lane}@${before}`);
    }
    return found;
  });
}

/** When a call was over at the earliest. */
function overMs({ pid, ppid, startedMs, seenMs, ended }: TopicCall, { halts, timeoutMs }: TopicEvidence): MachineMs {
  const isOfCall = (halt: Halt) => halt.pid === pid || halt.pid === ppid;
  const killed = ended ? undefined : halts.find((halt) => isOfCall(halt) && halt.untilMs === Number.POSITIVE_INFINITY);
  return Math.min(startedMs + timeoutMs, Math.max(seenMs, killed?.fromMs ?? seenMs));
}

function isExcused(first: TopicCall, second: TopicCall, halts: readonly Halt[]): boolean {
  return halts.some(({ fromMs, untilMs }) => {
    const toMs = untilMs === Number.POSITIVE_INFINITY ? fromMs : untilMs;
    return fromMs <= second.startedMs && toMs >= first.startedMs;
  });
}

export function overlapping(evidence: TopicEvidence): string[] {
  const busy = new Map<string, { readonly call: TopicCall; readonly untilMs: MachineMs }>();
  return evidence.calls.flatMap((call) => {
    const found: string[] = [];
    const untilMs = overMs(call, evidence);
    for (const lane of new Set(call.records.map((record) => record.lane))) {
      const before = busy.get(lane);
      if (before && before.untilMs > call.startedMs && !isExcused(before.call, call, evidence.halts)) {
        const byMs = (before.untilMs - call.startedMs).toFixed(1);
        found.push(`calls ${before.call.id} and ${call.id} had records of ${lane} at once, for ${byMs} ms`);
      }
      if (!before || before.untilMs < untilMs) busy.set(lane, { call, untilMs });
    }
    return found;
  });
}

/** The same batch has the same id wherever it is begun: around a fault it may be begun again, and no other batch has it. */
export function repeated({ calls, halts }: TopicEvidence): string[] {
  const seen = new Map<string, TopicCall>();
  const textOf = ({ records }: TopicCall) => records.map(nameOf).join(' ');
  return calls.flatMap((call) => {
    const { request, id } = call;
    const first = seen.get(request);
    seen.set(request, call);
    if (!first) return [];
    if (textOf(first) !== textOf(call)) return [`calls ${first.id} and ${id} have one id and other records`];
    return isExcused(first, call, halts) ? [] : [`attempt ${request} was made again by call ${id} without any fault`];
  });
}

interface Again {
  readonly name: string;
  readonly first: TopicCall;
  readonly second: TopicCall;
}

/** Records that came again although they had been handled. */
function againOf({ calls }: TopicEvidence): Again[] {
  const done = new Map<string, TopicCall>();
  return calls.flatMap((call) => {
    const again: Again[] = [];
    for (const name of call.records.map(nameOf)) {
      const first = done.get(name);
      if (first) again.push({ name, first, second: call });
      if (call.ok && !call.failed.has(name)) done.set(name, call);
    }
    return again;
  });
}

export function againWithoutFault(evidence: TopicEvidence): string[] {
  return againOf(evidence).flatMap(({ name, first, second }) =>
    isExcused(first, second, evidence.halts)
      ? []
      : [`${name} was handled by call ${first.id} and came again in ${second.id} without any fault`],
  );
}

export function committedAhead(evidence: TopicEvidence): string[] {
  const { allDoneMs } = finished(evidence);
  return evidence.commits.flatMap(({ lane, offset, atMs }) =>
    allDoneMs(lane, offset) > atMs
      ? [`${lane} was committed to ${offset} at ${atMs.toFixed(1)} ms, before all of that was finished`]
      : [],
  );
}

export function committedBack({ commits }: TopicEvidence): string[] {
  const last = new Map<string, number>();
  return commits.flatMap(({ lane, offset }) => {
    const before = last.get(lane) ?? 0;
    last.set(lane, offset);
    return offset < before ? [`the commit of ${lane} went back from ${before} to ${offset}`] : [];
  });
}

export function notCommitted({ commits, logs }: TopicEvidence): string[] {
  const last = new Map(commits.map(({ lane, offset }) => [lane, offset]));
  return [...logs].flatMap(([lane, { latest }]) =>
    latest === 0 || last.get(lane) === latest
      ? []
      : [`${lane} ends at ${latest} and is committed to ${last.get(lane) ?? 'nothing'}`],
  );
}
