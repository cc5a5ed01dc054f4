/** Holds a result against what its scenario expects. Every line that does not hold is a miss with both sides. */
import type { Amount, Expectations } from '../scenario/expectations.ts';
import type { EventPlan } from '../scenario/plan.ts';
import type { RunResult } from './result.ts';
import { isSubset } from './subset.ts';

export interface Miss {
  /** Where it stands in the file, for example `expect.deliveries.bad`. */
  readonly path: string;
  readonly expected: unknown;
  readonly actual: unknown;
  readonly message: string;
}

type Report = (path: string, expected: unknown, actual: unknown, message: string) => void;

/** The misses of a result, in the order of the file. */
export function expectationMisses(expect: Expectations | undefined, result: RunResult): Miss[] {
  const misses: Miss[] = [];
  if (!expect) return misses;
  const report: Report = (path, expected, actual, message) => {
    misses.push({ path: `expect.${path}`, expected, actual, message });
  };
  for (const [field, check] of Object.entries(CHECKS)) {
    if (field in expect) check(expect, result, report);
  }
  return misses;
}

const CHECKS: Readonly<Record<string, (expect: Expectations, result: RunResult, report: Report) => void>> = {
  invocations: ({ invocations }, result, report) => {
    const actual = result.invocations.length;
    if (!holds(invocations, actual)) report('invocations', invocations, actual, 'the number of invocations is another');
  },
  batches: ({ batches }, result, report) => {
    const actual = result.invocations.map(({ records }) => records);
    if (!isSame(batches, actual)) report('batches', batches, actual, 'the batches are others');
  },
  deliveries: ({ deliveries }, result, report) => eachRecord(deliveries ?? {}, result, report, 'deliveries'),
  fates: ({ fates }, result, report) => checkFates(fates ?? {}, result, report),
  discards: ({ discards }, result, report) => checkList('discards', discards ?? [], result.discards, report),
  errors: ({ errors }, result, report) => {
    const actual = result.errors;
    const same = actual.length === errors?.length && errors.every((error, index) => isSubset(error, actual[index]));
    if (!same) report('errors', errors, actual, 'the mapping was answered differently');
  },
  queues: ({ queues }, result, report) => checkQueues(queues ?? {}, result, report),
  metrics: ({ metrics }, result, report) => checkValues('metrics', metrics ?? {}, result.metrics, report),
  checkpoints: ({ checkpoints }, result, report) => {
    checkValues('checkpoints', checkpoints ?? {}, result.checkpoints, report);
  },
  messages: ({ messages }, result, report) => {
    const actual = result.discards.flatMap(
      ({ message, messages: several }) => several ?? (message === null ? [] : [message]),
    );
    checkList('messages', messages ?? [], actual, report);
  },
  invocationsAt: ({ invocationsAt }, result, report) => checkInvocationsAt(invocationsAt ?? [], result, report),
};

const listChecks = ['invocations', 'batches', 'deliveries', 'fates', 'discards', 'messages', 'invocationsAt'] as const;

/** Whether invocations, records or discards are looked at one by one. */
export function needsLists(expect: Expectations | undefined): boolean {
  return expect !== undefined && listChecks.some((field) => field in expect);
}

function eachRecord(
  expected: Readonly<Record<string, Amount>>,
  result: RunResult,
  report: Report,
  field: 'deliveries',
): void {
  const records = new Map(result.records.map((record) => [record.id, record]));
  for (const [id, amount] of Object.entries(expected)) {
    const record = records.get(id);
    if (!record) report(`${field}.${id}`, amount, undefined, 'there is no such record');
    else if (!holds(amount, record.deliveries)) {
      report(`${field}.${id}`, amount, record.deliveries, 'it was delivered another number of times');
    }
  }
}

function checkFates(expected: NonNullable<Expectations['fates']>, result: RunResult, report: Report): void {
  const records = new Map(result.records.map((record) => [record.id, record]));
  for (const [key, fate] of Object.entries(expected)) {
    if (typeof fate === 'string') checkFate(`fates.${key}`, fate, records.get(key)?.fate, report);
    else
      for (const [id, each] of Object.entries(fate)) {
        checkFate(`fates.${key}.${id}`, each, records.get(id)?.fates?.[key], report);
      }
  }
}

function checkFate(path: string, expected: string, actual: string | undefined, report: Report): void {
  if (actual === undefined) report(path, expected, actual, 'there is no such record');
  else if (actual !== expected) report(path, expected, actual, 'its fate is another');
}

function checkList(path: string, expected: readonly unknown[], actual: readonly unknown[], report: Report): void {
  const same = expected.length === actual.length && expected.every((each, index) => isSubset(each, actual[index]));
  if (!same) report(path, expected, actual, `the ${path} are others`);
}

/** A queue is expected as a number of messages, or as a list of record ids or message subsets in any order. */
function checkQueues(expected: Readonly<Record<string, unknown>>, result: RunResult, report: Report): void {
  for (const [name, wanted] of Object.entries(expected)) {
    const actual = result.queues[name];
    if (actual === undefined) report(`queues.${name}`, wanted, undefined, 'there is no such dead-letter queue');
    else if (Array.isArray(wanted)) {
      const found = wanted.every((each) =>
        actual.some((message) => message.record === each || isSubset(each, message)),
      );
      if (!found || wanted.length !== actual.length)
        report(`queues.${name}`, wanted, actual, 'other messages lie in it');
    } else if (!holds(wanted as Amount, actual.length)) {
      report(`queues.${name}`, wanted, actual.length, 'another number of messages lies in it');
    }
  }
}

function checkValues(
  path: string,
  expected: Readonly<Record<string, unknown>>,
  actual: Readonly<Record<string, unknown>>,
  report: Report,
): void {
  for (const [name, value] of Object.entries(expected)) {
    const given = actual[name] ?? (path === 'metrics' ? 0 : undefined);
    if (!holds(value as Amount, given)) report(`${path}.${name}`, value, given, 'the value is another');
  }
}

function checkInvocationsAt(
  expected: NonNullable<Expectations['invocationsAt']>,
  result: RunResult,
  report: Report,
): void {
  for (const { index, startMs, event } of expected) {
    const actual = result.invocations[index];
    const path = `invocationsAt[${index}]`;
    if (!actual) report(path, { startMs, event }, undefined, 'there is no such invocation');
    else if (startMs !== undefined && !holds(startMs, actual.startMs)) {
      report(`${path}.startMs`, startMs, actual.startMs, 'it started at another time');
    } else if (event !== undefined && !isSubset(event, actual.event)) {
      report(`${path}.event`, event, actual.event, 'its event is another');
    }
  }
}

/** What the file's calls expected of their answers; the n-th call event has the n-th answer. */
export function callMisses(events: readonly EventPlan[], result: RunResult): Miss[] {
  const calls = events.filter((event) => event.do === 'call').toSorted((one, other) => one.atMs - other.atMs);
  return calls.flatMap((event, index) => {
    const { expect, api } = event.call;
    const answer = result.calls[index];
    if (!expect) return [];
    const actual = answer && { status: answer.status, body: answer.body, ...(answer.error && { error: answer.error }) };
    if (actual && isSubset(expect, actual)) return [];
    return [{ path: `events.call[${index}]`, expected: expect, actual, message: `${api} was answered differently` }];
  });
}

/** A number, or a range that holds it; anything else must be the same. */
function holds(expected: Amount | undefined, actual: unknown): boolean {
  if (typeof expected !== 'object' || expected === null) return isSame(expected, actual);
  if (typeof actual !== 'number') return false;
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = expected;
  return actual >= min && actual <= max;
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
