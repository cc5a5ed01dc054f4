/** Concurrency of an account: the pool that functions without a reservation share, and what each function has in use. */
import {
  type FunctionLimits,
  type FunctionUsage,
  hasUnreservedMinimum,
  UNRESERVED_MINIMUM_TEXT,
} from '@millrace/semantics';
import { RefusedEvent } from '../refusedEvent.ts';

/** Instants that matter for a while: how many lie in the last `spanMs`. */
export class RecentTimes {
  readonly #spanMs: number;
  #times: number[] = [];
  #head = 0;

  constructor(spanMs: number) {
    this.#spanMs = spanMs;
  }

  add(nowMs: number): void {
    this.#times.push(nowMs);
  }

  count(nowMs: number): number {
    while (this.#head < this.#times.length && (this.#times[this.#head] as number) <= nowMs - this.#spanMs)
      this.#head += 1;
    if (this.#head > 4096 && this.#head * 2 > this.#times.length) {
      this.#times = this.#times.slice(this.#head);
      this.#head = 0;
    }
    return this.#times.length - this.#head;
  }
}

export class FunctionCounts {
  running = 0;
  idleEnvironments = 0;
  reserved: number | undefined;
  readonly taken = new RecentTimes(1000);
  readonly started = new RecentTimes(10_000);

  constructor(reserved: number | undefined) {
    this.reserved = reserved;
  }
}

export class Account {
  concurrency: number;
  runningUnreserved = 0;
  running = 0;
  readonly functions: FunctionCounts[] = [];

  constructor(concurrency: number) {
    this.concurrency = concurrency;
  }

  usage(counts: FunctionCounts, nowMs: number): FunctionUsage {
    return {
      running: counts.running,
      runningUnreserved: this.runningUnreserved,
      idleEnvironments: counts.idleEnvironments,
      startedRecently: counts.started.count(nowMs),
      takenRecently: counts.taken.count(nowMs),
    };
  }

  limits(counts: FunctionCounts): FunctionLimits {
    let reserved = 0;
    for (const other of this.functions) reserved += other.reserved ?? 0;
    const unreservedPool = Math.max(0, this.concurrency - reserved);
    return counts.reserved === undefined
      ? { unreservedPool }
      : { unreservedPool, reservedConcurrency: counts.reserved };
  }

  /** What would be left of the pool if a function reserved so much. */
  unreservedAfter(counts: FunctionCounts, reserved: number): number {
    return this.limits(counts).unreservedPool + (counts.reserved ?? 0) - reserved;
  }

  begin(counts: FunctionCounts, cold: boolean, nowMs: number): void {
    counts.taken.add(nowMs);
    if (cold) counts.started.add(nowMs);
    else counts.idleEnvironments -= 1;
    counts.running += 1;
    this.running += 1;
    if (counts.reserved === undefined) this.runningUnreserved += 1;
  }

  /** The environment is free again, unless the invocation destroyed it. */
  end(counts: FunctionCounts, wasReserved: boolean, destroyed: boolean): void {
    counts.running -= 1;
    this.running -= 1;
    if (!wasReserved) this.runningUnreserved -= 1;
    if (!destroyed) counts.idleEnvironments += 1;
  }
}

/** PutFunctionConcurrency, and a change of the account's. @throws {RefusedEvent} when too little would be left for others */
export function changeConcurrency(
  account: Account,
  counts: FunctionCounts | undefined,
  change: { readonly reserved?: number; readonly account?: number },
): void {
  if (counts && change.reserved !== undefined) {
    const unreserved = account.unreservedAfter(counts, change.reserved);
    const enough = hasUnreservedMinimum(account.limits(counts).unreservedPool, unreserved);
    if (!enough) throw new RefusedEvent('InvalidParameterValueException', UNRESERVED_MINIMUM_TEXT);
    counts.reserved = change.reserved;
  }
  if (change.account !== undefined) account.concurrency = change.account;
}
