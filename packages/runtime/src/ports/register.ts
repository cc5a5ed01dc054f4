/**
 * The port that fences: whoever owns a name (a poller slot, a shard, a mapping) owns it under an epoch, a number that each
 * new owner raises. What an owner writes carries its epoch, and is refused once there is a newer one.
 *
 * 1. A name has one current epoch. An owner of another epoch is deposed: nothing it begins is written.
 * 2. A lane has one attempt. Another owner's attempt keeps its lane until it is ended or its deadline has passed; an
 *    attempt of the same id may be begun again, because its result is joined.
 */
import type { Millis } from '@millrace/semantics';

/** Who owns something, and since which turn. */
export interface Owner {
  readonly name: string;
  readonly epoch: number;
}

/** An attempt that may be running. */
export interface InFlight {
  readonly lane: string;
  readonly attemptId: string;
  readonly epoch: number;
  /** After this time it is over, whether it was answered or not. */
  readonly deadlineMs: Millis;
}

export interface AttemptBegun {
  readonly attemptId: string;
  /** The lanes that its batch holds: none or many. */
  readonly lanes: readonly string[];
  readonly deadlineMs: Millis;
}

export type Begun =
  | { readonly kind: 'begun' }
  | { readonly kind: 'deposed' }
  /** An attempt of a former owner may still be running there; nothing was begun. */
  | { readonly kind: 'busy'; readonly by: InFlight };

export interface Register {
  /** Before an attempt is made. All of its lanes, or none. */
  begin(owner: Owner, attempt: AttemptBegun): Promise<Begun>;
  /**
   * The attempt was answered. A deposed owner still clears what it began itself, because that is over, but nothing that a
   * newer owner has begun since.
   */
  end(owner: Owner, attempt: Pick<AttemptBegun, 'attemptId' | 'lanes'>): Promise<'ended' | 'deposed'>;
  /** For a new owner: attempts of former ones that are neither answered nor past their deadline. */
  open(owner: Owner): Promise<readonly InFlight[] | 'deposed'>;
}

/** What a worker asks before it starts a function. */
export interface Epochs {
  isCurrent(owner: Owner): Promise<boolean>;
}
