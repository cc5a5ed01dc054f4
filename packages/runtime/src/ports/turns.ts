/**
 * The port that says which process owns what. Each name (a poller slot, a shard) is served by one process at a time, in
 * turns; a process that joins gets its part at the ends of turns, and what a killed process served is served by another
 * one within seconds.
 *
 * 1. Each turn has a new epoch, greater than every one before for that name.
 * 2. Within one process, a name's next turn begins only after its last handler has returned, or was given up.
 * 3. A turn that nobody else waits for goes on instead of ending: `endsAtMs` moves.
 */
import type { Millis } from '@millrace/semantics';
import type { Owner } from './register.ts';

export interface Turn extends Owner {
  /** When it ends at the earliest, unless the process shuts down or the name is removed. */
  readonly endsAtMs: Millis;
  /**
   * Aborted when the turn is to end: start nothing new, finish what runs, save, return. Until the handler returns, but no
   * longer than the bound on draining, the turn is kept.
   */
  readonly ending: AbortSignal;
  /**
   * False when the turn may be another process's by now, because Redis has not said for as long as a lock lasts that it is
   * this one's. What is begun then may be begun twice.
   */
  isSure(): boolean;
  /** Aborted when the turn is lost, or draining took too long: drop everything and return. `ending` is aborted too. */
  readonly lost: AbortSignal;
}

/** Serves a turn. Returning early gives the turn away; rejecting does too, and is reported. */
export type TurnHandler = (turn: Turn) => Promise<void>;

export interface Turns {
  /** From now on some process serves this name. Adding again changes nothing. */
  add(name: string): Promise<void>;
  /** Nobody is to serve it any more; a turn that runs is ended. */
  remove(name: string): Promise<void>;
  /** Every name that is to be served, by whichever process. */
  names(): Promise<readonly string[]>;
  /** This process takes its part. Called once. */
  serve(handler: TurnHandler): void;
  /** What this process serves now. */
  held(): readonly string[];
  /** Ends the turns of this process within so long and takes no more; names stay for the others. */
  close(graceMs: Millis): Promise<void>;
}
