/** How deliveries are made jobs, and the defaults. */
import { type Clock, type OutboxRules, outboxRules } from '@millrace/runtime';
import type { Millis } from '@millrace/semantics';
import type { Redis } from 'ioredis';

export interface BullOutboxOptions extends Partial<OutboxRules> {
  /** Shared with others; `maxRetriesPerRequest` must be null. One more is made for results, and one per worker. */
  readonly connection: Redis;
  readonly clock: Clock;
  /** Begins every key; `millrace` when left out. */
  readonly prefix?: string;
  /** A killed worker's deliveries are taken over after this, plus about a second. */
  readonly lockMs?: Millis;
  /** What Redis has not answered after this is not accepted. */
  readonly acceptMs?: Millis;
  /** Told of what went wrong and will be tried again. */
  readonly onError?: (error: unknown) => void;
}

export interface OutboxSettings {
  readonly connection: Redis;
  readonly clock: Clock;
  readonly rules: OutboxRules;
  readonly lockMs: Millis;
  readonly acceptMs: Millis;
  readonly onError: (error: unknown) => void;
  /** Begins every key; all stand in one slot of a cluster. */
  readonly tag: string;
}

export function outboxSettings(options: BullOutboxOptions): OutboxSettings {
  const { connection, clock, prefix = 'millrace', lockMs = 5000, acceptMs = 10_000, onError, ...rules } = options;
  const tag = `{${prefix}:outbox}`;
  return { connection, clock, rules: outboxRules(rules), lockMs, acceptMs, onError: onError ?? (() => undefined), tag };
}

export const QUEUE = 'deliveries';
export const STALLED_CHECK_MS = 1000;
/** Pause of a worker after a command failed. */
export const RETRY_MS = 500;
/** A delivery that so many processes died of is given up. */
export const MOST_STALLS = 20;
/** The most finished deliveries that are remembered. */
export const MOST_FINISHED = 50_000;
/** How often it is looked whether what counts as under way still is. */
export const RECOUNT_MS = 60_000;
