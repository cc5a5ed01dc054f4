/**
 * What every outbox does alike: how often a delivery is tried and after which pauses, what an attempt may take, and how much
 * may be under way. That a destination is away for a minute must be survived.
 */
import { causeText, type Millis } from '@millrace/semantics';
import type { Clock } from '../clock.ts';
import type { Deliver, FailureDelivery } from '../ports/outbox.ts';
import { within } from '../within.ts';

export interface OutboxRules {
  readonly attempts: number;
  /** Pauses double, from the first to the longest. */
  readonly firstPauseMs: Millis;
  readonly longestPauseMs: Millis;
  /** An attempt that is not over after this has failed. */
  readonly attemptMs: Millis;
  /** The most that may be under way; beyond either, nothing is accepted. */
  readonly deliveries: number;
  readonly bytes: number;
  /** For how long what became of a delivery is remembered. */
  readonly keepFinishedMs: Millis;
}

/** Pauses of two minutes in all. Where payloads are objects of 6 MB, some forty are under way at most. */
const DEFAULTS: OutboxRules = {
  attempts: 13,
  firstPauseMs: 500,
  longestPauseMs: 15_000,
  attemptMs: 60_000,
  deliveries: 10_000,
  bytes: 256 * 1024 * 1024,
  keepFinishedMs: 600_000,
};

/** What is left out, or undefined, stands at its default. */
export function outboxRules(
  given: { readonly [K in keyof OutboxRules]?: OutboxRules[K] | undefined } = {},
): OutboxRules {
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { ...DEFAULTS, ...set };
}

/** How long to wait after an attempt, counted from 1, before the next. */
export function pauseAfter(attempt: number, { firstPauseMs, longestPauseMs }: OutboxRules): Millis {
  return Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(attempt - 1, 30));
}

/** Whether a delivery that failed like this is given up at once. By its code: the error may come from another copy. */
export function isRefusal(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === 'DELIVERY_REFUSED';
}

/** What is told of an error: its first line. */
export function problemOf(error: unknown): string {
  return causeText(error).split('\n', 1)[0]?.slice(0, 500) || 'The delivery failed without a reason.';
}

/** One attempt. An error that is none of ours, or a late answer, is an error too. */
export async function attemptDelivery(
  deliver: Deliver,
  delivery: FailureDelivery,
  { clock, attemptMs }: { readonly clock: Clock; readonly attemptMs: Millis },
): Promise<void> {
  const delivered = deliver(delivery).then(() => true);
  if (await within(delivered, attemptMs, clock)) return;
  throw new Error(`The delivery was not over after ${attemptMs / 1000} s.`);
}

/** What a delivery's message takes. */
export function deliveryBytes({ message }: FailureDelivery): number {
  if (message.kind !== 'messages') return Buffer.byteLength(message.body);
  return message.messages.reduce((sum, { key, value }) => sum + (key?.length ?? 0) + Buffer.byteLength(value), 0);
}
