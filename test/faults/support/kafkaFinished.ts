/** When each record was finished, as calls and failure records show it: handled, given up, or expired before. */
import type { MachineMs } from './evidence.ts';
import { type GivenUp, nameOf, type TopicCall, type TopicEvidence } from './kafkaEvidence.ts';

export interface Finished {
  /** The call that handled it first, by name. */
  readonly handledBy: ReadonlyMap<string, TopicCall>;
  readonly handledMs: ReadonlyMap<string, MachineMs>;
  /** Whatever became of it; absent: nothing. */
  readonly doneMs: ReadonlyMap<string, MachineMs>;
  /** When all records of a lane before an offset were finished. */
  readonly allDoneMs: (lane: string, offset: number) => MachineMs;
  readonly handled: number;
  readonly givenUp: number;
  readonly expired: number;
}

const NEVER = Number.POSITIVE_INFINITY;
const known = new WeakMap<TopicEvidence, Finished>();

export function finished(evidence: TopicEvidence): Finished {
  const before = known.get(evidence);
  if (before) return before;
  const found = find(evidence);
  known.set(evidence, found);
  return found;
}

function find(evidence: TopicEvidence): Finished {
  const handledBy = successes(evidence);
  const handledMs = new Map([...handledBy].map(([name, { seenMs }]) => [name, seenMs]));
  const doneMs = new Map(handledMs);
  const lastFailedMs = failures(evidence);
  let [givenUp, expired] = [0, 0];
  for (const { runs, isAged } of evidence.givenUp) {
    for (const name of runs.flatMap(namesOf)) {
      if (doneMs.has(name)) continue;
      // Given up without having failed, or being too old: then it never was finished in time.
      doneMs.set(name, lastFailedMs.get(name) ?? (isAged ? 0 : NEVER));
      givenUp += 1;
    }
  }
  for (const [lane, { earliest }] of evidence.logs) {
    for (let offset = 0; offset < earliest; offset += 1) {
      const name = nameOf({ lane, offset });
      if (doneMs.has(name)) continue;
      doneMs.set(name, 0);
      expired += 1;
    }
  }
  const all = prefixes(evidence, doneMs);
  const allDoneMs = (lane: string, offset: number) => all.get(lane)?.[offset] ?? NEVER;
  return { handledBy, handledMs, doneMs, allDoneMs, handled: handledBy.size, givenUp, expired };
}

function namesOf({ lane, first, last }: GivenUp['runs'][number]): string[] {
  return Array.from({ length: last - first + 1 }, (_, index) => nameOf({ lane, offset: first + index }));
}

function successes({ calls }: TopicEvidence): Map<string, TopicCall> {
  const handledBy = new Map<string, TopicCall>();
  for (const call of [...calls].sort((a, b) => a.seenMs - b.seenMs)) {
    if (!call.ok) continue;
    for (const name of call.records.map(nameOf)) {
      if (!call.failed.has(name) && !handledBy.has(name)) handledBy.set(name, call);
    }
  }
  return handledBy;
}

function failures({ calls }: TopicEvidence): Map<string, MachineMs> {
  const lastMs = new Map<string, MachineMs>();
  for (const call of calls) {
    for (const name of call.records.map(nameOf)) {
      const isFailed = call.ended && (!call.ok || call.failed.has(name));
      if (isFailed) lastMs.set(name, Math.max(call.seenMs, lastMs.get(name) ?? 0));
    }
  }
  return lastMs;
}

/** At each offset: when everything before it was finished. */
function prefixes({ logs }: TopicEvidence, doneMs: ReadonlyMap<string, MachineMs>): Map<string, readonly MachineMs[]> {
  return new Map(
    [...logs].map(([lane, { latest }]) => {
      const all: MachineMs[] = [0];
      for (let offset = 0; offset < latest; offset += 1)
        all.push(Math.max(all[offset] ?? NEVER, doneMs.get(nameOf({ lane, offset })) ?? NEVER));
      return [lane, all];
    }),
  );
}
