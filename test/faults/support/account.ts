/**
 * The account of a fault test. Each checker answers a sentence for everything that no fault explains.
 *
 * 1. Every message whose sending was answered was handled with success and is gone, lies in a dead-letter queue, or is still
 *    in its queue. Nothing is there that was not sent.
 * 2. The messages of a group are first handled with success in the order in which they were sent, and no two calls with
 *    messages of one group overlap.
 * 3. At no instant do more calls of a function run than are allowed.
 * 4. One attempt is made once. A message that was handled with success comes again only around a fault.
 *
 * A call counts as running from its first line to its last one, or to the end of its process, but not beyond its timeout:
 * what is paused inside a function may end late.
 */
import type { Call, Evidence, Halt, MachineMs } from './evidence.ts';

export interface Account {
  readonly violations: readonly string[];
  /** Figures for people. */
  readonly summary: string;
  readonly duplicates: number;
  readonly dead: number;
  readonly calls: number;
}

const checkers = [lost, invented, laidTwice, outOfOrder, overlapping, tooMany, repeated, againWithoutFault] as const;

export function accountFor(evidence: Evidence): Account {
  const { sent, calls, dead, left } = evidence;
  const duplicates = againOf(evidence).length;
  const perhaps = sent.filter(({ confirmed }) => !confirmed).length;
  const handled = new Set(successes(evidence).flatMap(({ messages }) => messages.map(({ id }) => id))).size;
  const summary =
    `${sent.length - perhaps} sent (and perhaps ${perhaps}) = ${handled} handled, ${dead.length} dead-lettered, ` +
    `${left.length} left; ${calls.length} calls, ${duplicates} duplicates`;
  const violations = checkers.flatMap((check) => check(evidence));
  return { violations, summary, duplicates, dead: dead.length, calls: calls.length };
}

function successes({ calls }: Evidence): readonly Call[] {
  return calls.filter(({ ok }) => ok);
}

export function lost(evidence: Evidence): string[] {
  const there = new Set([...evidence.dead, ...evidence.left]);
  for (const { messages } of successes(evidence)) for (const { id } of messages) there.add(id);
  return evidence.sent.flatMap(({ id, confirmed }) =>
    confirmed && !there.has(id) ? [`${id} was sent, and is neither handled nor dead-lettered nor left`] : [],
  );
}

export function invented({ sent, calls, dead, left }: Evidence): string[] {
  const known = new Set(sent.map(({ id }) => id));
  const seen = new Set([...dead, ...left, ...calls.flatMap(({ messages }) => messages.map(({ id }) => id))]);
  return [...seen].flatMap((id) => (known.has(id) ? [] : [`${id} was never sent`]));
}

/** A message is in one place. */
export function laidTwice({ dead, left }: Evidence): string[] {
  const seen = new Set<string>();
  return [...dead, ...left].flatMap((id) => {
    if (seen.has(id)) return [`${id} lies in its queues twice`];
    seen.add(id);
    return [];
  });
}

export function outOfOrder(evidence: Evidence): string[] {
  const firsts = new Map<string, number>();
  let number = 0;
  for (const { messages } of [...successes(evidence)].sort((a, b) => a.seenMs - b.seenMs)) {
    for (const { id } of messages) if (!firsts.has(id)) firsts.set(id, number++);
  }
  const last = new Map<string, { readonly id: string; readonly at: number }>();
  return evidence.sent.flatMap(({ id, queue, group }) => {
    const at = firsts.get(id);
    if (group === undefined || at === undefined) return [];
    const before = last.get(`${queue}/${group}`);
    if (before && before.at > at) return [`${id} of group ${group} was handled before ${before.id}`];
    last.set(`${queue}/${group}`, { id, at });
    return [];
  });
}

/** When a call was over at the earliest. */
function overMs({ pid, ppid, startedMs, seenMs, ended, function: name }: Call, { halts, functions }: Evidence): number {
  const isOfCall = (halt: Halt) => halt.pid === pid || halt.pid === ppid;
  const killed = ended ? undefined : halts.find((halt) => isOfCall(halt) && halt.untilMs === Number.POSITIVE_INFINITY);
  const deadlineMs = startedMs + (functions.get(name)?.timeoutMs ?? Number.POSITIVE_INFINITY);
  return Math.min(deadlineMs, Math.max(seenMs, killed?.fromMs ?? seenMs));
}

export function overlapping(evidence: Evidence): string[] {
  const busy = new Map<string, { readonly call: Call; readonly untilMs: MachineMs }>();
  return evidence.calls.flatMap((call) => {
    const found: string[] = [];
    const untilMs = overMs(call, evidence);
    for (const group of new Set(call.messages.map((message) => message.group))) {
      if (group === undefined) continue;
      const key = `${call.function}/${group}`;
      const before = busy.get(key);
      if (before && before.untilMs > call.startedMs) {
        const byMs = (before.untilMs - call.startedMs).toFixed(1);
        found.push(`calls ${before.call.id} and ${call.id} had messages of ${group} at once, for ${byMs} ms`);
      }
      if (!before || before.untilMs < untilMs) busy.set(key, { call, untilMs });
    }
    return found;
  });
}

export function tooMany(evidence: Evidence): string[] {
  return [...evidence.functions].flatMap(([name, { most }]) => {
    if (most === undefined) return [];
    const running: { readonly id: string; readonly untilMs: MachineMs }[] = [];
    let [worst, atMs] = [0, 0];
    for (const call of evidence.calls) {
      if (call.function !== name) continue;
      for (let at = running.length - 1; at >= 0; at -= 1) {
        if ((running[at]?.untilMs ?? 0) <= call.startedMs) running.splice(at, 1);
      }
      running.push({ id: call.id, untilMs: overMs(call, evidence) });
      if (running.length > worst) [worst, atMs] = [running.length, call.startedMs];
    }
    return worst > most ? [`${worst} calls of ${name} at once at ${atMs.toFixed(1)} ms; ${most} are allowed`] : [];
  });
}

export function repeated({ calls }: Evidence): string[] {
  const seen = new Set<string>();
  return calls.flatMap(({ request, id }) => {
    if (seen.has(request)) return [`attempt ${request} was made again by call ${id}`];
    seen.add(request);
    return [];
  });
}

interface Again {
  readonly id: string;
  readonly first: Call;
  readonly second: Call;
}

/** Messages that came again although they had been handled. */
function againOf(evidence: Evidence): Again[] {
  const done = new Map<string, Call>();
  return evidence.calls.flatMap((call) => {
    const again: Again[] = [];
    for (const { id } of call.messages) {
      const first = done.get(id);
      if (first) again.push({ id, first, second: call });
      if (call.ok) done.set(id, call);
    }
    return again;
  });
}

export function againWithoutFault(evidence: Evidence): string[] {
  return againOf(evidence).flatMap(({ id, first, second }) => {
    const excuse = evidence.halts.some(
      ({ fromMs, untilMs }) => fromMs <= second.startedMs && untilMs >= first.startedMs,
    );
    return excuse ? [] : [`${id} was handled by call ${first.id} and came again in ${second.id} without any fault`];
  });
}
