/** How turns are taken, and the defaults. */
import type { Clock } from '@millrace/runtime';
import type { Millis } from '@millrace/semantics';
import type { Redis } from 'ioredis';

export interface RedisTurnsOptions {
  /** Shared with others; `maxRetriesPerRequest` must be null. One more connection, for blocking, is made by `serve`. */
  readonly connection: Redis;
  readonly clock: Clock;
  /** Begins every key; `millrace` when left out. */
  readonly prefix?: string;
  /** Names of one group are spread over the processes that serve it; `pollers` when left out. */
  readonly group?: string;
  /** After about so long a turn ends if this process serves more than its part; else it goes on for as long again. */
  readonly turnMs?: Millis;
  /** How long a handler may take to finish once its turn is to end. */
  readonly drainMs?: Millis;
  /** What a killed process served is served by another one after this, plus about a second. */
  readonly lockMs?: Millis;
  /** Told of what went wrong and will be tried again. */
  readonly onError?: (error: unknown) => void;
}

export type TurnTimes = Required<Pick<RedisTurnsOptions, 'turnMs' | 'drainMs' | 'lockMs'>>;

export function turnTimes(options: RedisTurnsOptions): TurnTimes {
  return { turnMs: options.turnMs ?? 5000, drainMs: options.drainMs ?? 30_000, lockMs: options.lockMs ?? 2000 };
}

/** How often a process says that it is there, and for how long it is believed. */
export const BEAT_MS = 500;
export const COUNTED_MS = 1750;
/** A turn that its handler gave away at once is kept for so long, so that it is not taken again and again; then longer. */
export const SHORTEST_TURN_MS = 500;
export const LONGEST_UNWANTED_MS = 5000;
/** A handler that does not return although its turn is lost is waited for no longer than this. */
export const LOST_GRACE_MS = 2000;
export const STALLED_CHECK_MS = 1000;
/** Pause after a command failed. */
export const AGAIN_MS = 500;
