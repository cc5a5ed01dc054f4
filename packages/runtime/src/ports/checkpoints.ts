/**
 * The port of checkpoints: how far the pollers of ordered sources are, and the batches they had in progress, durably. A
 * scope is what is handed over as a whole: a shard, or all that one consumer group reads.
 *
 * 1. Only the current owner of a scope's name writes; a former one is refused and nothing is changed.
 * 2. What is answered as saved survives the process.
 * 3. Where a ledger begins is kept once, by whoever comes first: later openings begin there too until there is a checkpoint.
 */
import type { Position, SavedPoller, SaveOrder } from '@millrace/semantics';
import type { Owner } from './register.ts';

/** How far a scope is. Ledgers are named as in the save: '' for a shard, topic-partition for Kafka. */
export interface Progress {
  /** The last position of the unbroken run of finished records. */
  readonly checkpoints: ReadonlyMap<string, Position>;
  /** Where reading began, in the source's own words. */
  readonly starts: ReadonlyMap<string, string>;
  /** The batches in progress and what is finished ahead of the checkpoints; undefined when there is neither. */
  readonly saved?: SavedPoller | undefined;
  /** A shard that was read, and finished, to its end. */
  readonly ended: boolean;
}

/** Whose scope it is: the mapping's id and the name within it. The owner is absent where there is only one process. */
export interface Scope {
  readonly mapping: string;
  readonly name: string;
  readonly owner?: Owner | undefined;
}

export interface Checkpoints {
  load(scope: Scope): Promise<Progress>;
  /** Keeps where ledgers begin that have no beginning yet. False when a newer owner has taken over. */
  begin(scope: Scope, starts: ReadonlyMap<string, string>): Promise<boolean>;
  /** Applies a save of a poller with this factor. False when a newer owner has taken over. */
  save(scope: Scope, factor: number, order: Pick<SaveOrder, 'ledgers' | 'lanes'>): Promise<boolean>;
  /** The shard is finished to its end. False when a newer owner has taken over. */
  end(scope: Scope): Promise<boolean>;
  /** Names of the mapping's scopes that have ended. */
  ended(mapping: string): Promise<readonly string[]>;
  /** Forgets a scope that has ended. One that has not stays as it is. */
  drop(scope: Scope): Promise<void>;
  /** The mapping is gone: everything of it is forgotten. */
  forget(mapping: string): Promise<void>;
}
