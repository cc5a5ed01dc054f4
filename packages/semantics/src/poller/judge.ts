/**
 * The retry rules as one pure decision: what becomes of a batch after an attempt was answered.
 *
 * 1. Every position of the batch stands in exactly one of `done`, `left`, `discards` and `again`.
 * 2. `again` keeps the order of the batch: what comes first is attempted first.
 * 3. Only attempts that reached the function and failed without progress spend the retry budget.
 */
import type { RuleId } from '../rules/index.ts';
import type { ClosedBy, DiscardCondition, Millis, Outcome } from '../vocabulary.ts';
import { backoffMs, isKafka, isQueue, type PollerConfig, retryLimit, THROTTLE_BACKOFF } from './config.ts';

/** Some of a batch's indexes: a span `[from, to)`, or picked ones in ascending order. */
export type Part = { readonly from: number; readonly to: number } | { readonly picks: readonly number[] };

/** What the verdict needs to know of the attempt. */
export interface JudgedAttempt {
  readonly size: number;
  /** Retries already spent. */
  readonly spent: number;
  /** Invocations of exactly this batch that ran, this one not counted. */
  readonly ran: number;
  /** Tries in a row that did not reach the function. */
  readonly waits: number;
  /** SQS: when the messages become visible again. */
  readonly visibleAtMs?: Millis | undefined;
}

export interface Verdict {
  readonly rule: RuleId;
  readonly done: readonly Part[];
  /** SQS: left to the visibility timeout. */
  readonly left: readonly Part[];
  readonly discards: readonly Discard[];
  readonly again: readonly Again[];
}

export interface Discard {
  readonly part: Part;
  readonly condition: DiscardCondition;
  readonly rule: RuleId;
  readonly approximateInvokeCount: number;
}

export interface Again {
  readonly part: Part;
  readonly rule: RuleId;
  readonly closedBy: ClosedBy;
  readonly notBefore: Millis;
  readonly spent: number;
  readonly ran: number;
  readonly waits: number;
  /** The attempt did not reach the function. */
  readonly waited?: boolean;
}

/** Judges an answered attempt. Pure; `now` is the time of the answer. */
export function judge(attempt: JudgedAttempt, outcome: Outcome, config: PollerConfig, now: Millis): Verdict {
  if (outcome.kind === 'success') return allDone(attempt, config);
  if (isQueue(config.kind)) return judgeMessages(attempt, outcome, config, now);
  switch (outcome.kind) {
    case 'partial':
      return judgePartial(attempt, outcome.failed, config, now);
    case 'error':
    case 'timeout':
    case 'invalid-response':
      return judgeFailure(attempt, config, now);
    case 'throttled':
      return waitForFunction(attempt, config, now, 'retry.throttle-spends-nothing');
    case 'unreachable':
      return waitForFunction(attempt, config, now, 'retry.unreachable-spends-nothing');
    case 'lost':
      return waitForFunction(attempt, config, now, 'retry.lost-attempt-spends-nothing');
  }
}

const NONE = [] as const;

/** Verdicts are written out field by field: a spread costs more than everything else that is decided here. */
function tryAgain(rule: RuleId, again: readonly Again[]): Verdict {
  return { rule, done: NONE, left: NONE, discards: NONE, again };
}

function leaveAll(rule: RuleId, attempt: JudgedAttempt): Verdict {
  return { rule, done: NONE, left: [whole(attempt)], discards: NONE, again: NONE };
}

function whole(attempt: JudgedAttempt): Part {
  return { from: 0, to: attempt.size };
}

function allDone(attempt: JudgedAttempt, config: PollerConfig): Verdict {
  const rule = isQueue(config.kind) ? 'sqs.success-deletes' : 'stream.success-moves-the-checkpoint';
  return { rule, done: [whole(attempt)], left: NONE, discards: NONE, again: NONE };
}

function judgeMessages(
  attempt: JudgedAttempt,
  outcome: Exclude<Outcome, { kind: 'success' }>,
  config: PollerConfig,
  now: Millis,
): Verdict {
  switch (outcome.kind) {
    case 'partial':
      return {
        rule: 'sqs.partial-failure-deletes-the-rest',
        done: [{ picks: others(attempt.size, outcome.failed) }],
        left: [{ picks: outcome.failed }],
        discards: NONE,
        again: NONE,
      };
    case 'throttled':
    case 'unreachable':
      return waitForThrottle(attempt, config, now);
    case 'error':
    case 'timeout':
    case 'invalid-response':
    case 'lost':
      return leaveAll('sqs.failure-waits-for-visibility', attempt);
  }
}

/** A throttled batch is tried again while the function could still end before the messages become visible. */
function waitForThrottle(attempt: JudgedAttempt, config: PollerConfig, now: Millis): Verdict {
  const notBefore = now + backoffMs(THROTTLE_BACKOFF, attempt.waits + 1);
  const visibleAtMs = attempt.visibleAtMs ?? Number.POSITIVE_INFINITY;
  if (visibleAtMs - notBefore < config.functionTimeoutMs) {
    return leaveAll('sqs.throttled-batch-is-let-go', attempt);
  }
  return tryAgain('sqs.throttled-batch-waits', [sameBatch(attempt, notBefore, 'sqs.throttled-batch-waits')]);
}

function judgePartial(attempt: JudgedAttempt, failed: readonly number[], config: PollerConfig, now: Millis): Verdict {
  const lowest = failed[0] ?? 0;
  const progress = isKafka(config.kind) ? failed.length < attempt.size : lowest > 0;
  if (!progress) return judgeFailure(attempt, config, now, 'retry.no-progress-is-a-failure');
  const part: Part = isKafka(config.kind) ? { picks: failed } : { from: lowest, to: attempt.size };
  const done: Part = isKafka(config.kind) ? { picks: others(attempt.size, failed) } : { from: 0, to: lowest };
  const rule = isKafka(config.kind)
    ? 'kafka.only-reported-records-retry'
    : 'stream.lowest-reported-record-is-the-checkpoint';
  const again = fresh(part, 'rest', 'retry.budget-resets-on-progress', now);
  return { rule, done: [done], left: NONE, discards: NONE, again: [again] };
}

/** A new batch out of an old one, with its whole budget. */
function fresh(part: Part, closedBy: ClosedBy, rule: RuleId, now: Millis): Again {
  return { part, rule, closedBy, notBefore: now, spent: 0, ran: 0, waits: 0 };
}

function judgeFailure(
  attempt: JudgedAttempt,
  config: PollerConfig,
  now: Millis,
  why: RuleId = 'retry.failure-repeats-the-batch',
): Verdict {
  if (config.bisect && attempt.size > 1) return split(attempt, now);
  const limit = retryLimit(config);
  const ran = attempt.ran + 1;
  if (limit !== 'untilExpiry' && attempt.spent >= limit) return giveUp(attempt, config, ran);
  const spent = attempt.spent + 1;
  const notBefore = now + backoffMs(config.backoff, spent);
  const again: Again = { part: whole(attempt), rule: why, closedBy: 'retry', notBefore, spent, ran, waits: 0 };
  return tryAgain(why, [again]);
}

function giveUp(attempt: JudgedAttempt, config: PollerConfig, ran: number): Verdict {
  const rule =
    config.maximumRetries === 'untilExpiry'
      ? 'kafka.ten-retries-with-destination'
      : 'retry.exhausted-batch-is-discarded';
  const discard: Discard = {
    part: whole(attempt),
    condition: 'RetryAttemptsExhausted',
    rule,
    approximateInvokeCount: ran,
  };
  return { rule, done: NONE, left: NONE, discards: [discard], again: NONE };
}

/** The first half gets the smaller part of an odd batch; neither half has spent anything. */
function split(attempt: JudgedAttempt, now: Millis): Verdict {
  const half = Math.floor(attempt.size / 2);
  const rule = 'retry.bisect-spends-nothing';
  const first = fresh({ from: 0, to: half }, 'split', rule, now);
  return tryAgain(rule, [first, fresh({ from: half, to: attempt.size }, 'split', rule, now)]);
}

function waitForFunction(attempt: JudgedAttempt, config: PollerConfig, now: Millis, rule: RuleId): Verdict {
  const notBefore = now + backoffMs(config.backoff, attempt.spent + attempt.waits + 1);
  return tryAgain(rule, [sameBatch(attempt, notBefore, rule)]);
}

function sameBatch(attempt: JudgedAttempt, notBefore: Millis, rule: RuleId): Again {
  const { spent, ran, waits } = attempt;
  return { part: whole(attempt), rule, closedBy: 'retry', notBefore, spent, ran, waits: waits + 1, waited: true };
}

/** The indexes below `size` that are not in `picks` (ascending). */
function others(size: number, picks: readonly number[]): number[] {
  const rest: number[] = [];
  let next = 0;
  for (let index = 0; index < size; index += 1) {
    if (picks[next] === index) next += 1;
    else rest.push(index);
  }
  return rest;
}

/** The items of a list that a part names; of all of them, the list itself. */
export function take<T>(items: readonly T[], part: Part): readonly T[] {
  if ('picks' in part) return part.picks.map((index) => items[index] as T);
  return part.to - part.from === items.length ? items : items.slice(part.from, part.to);
}
