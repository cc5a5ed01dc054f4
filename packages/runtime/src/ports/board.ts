/**
 * The port through which a mapping's owner and its pollers speak, wherever they are: what each poller may do is kept and
 * told on; what pollers have found is told to whoever owns the mapping, and to nobody when nobody does. A mapping's board
 * has the name under which its machine is owned.
 *
 * 1. Only the current owner says what pollers may do: a former one that does not know it yet changes nothing.
 */
import type { MappingFact } from '@millrace/semantics';
import type { Owner } from './register.ts';

/** What is told of pollers; that the function has refused an invocation is looked at together with the lag. */
export type BoardFact = MappingFact | { readonly what: 'throttled' };

export interface Board {
  /** How many batches a poller may run at once; kept for whoever serves it next. */
  allow(owner: Owner, poller: string, batches: number): Promise<void>;
  allowances(name: string): Promise<ReadonlyMap<string, number>>;
  forget(owner: Owner, poller: string): Promise<void>;
  tell(name: string, fact: BoardFact): void;
  /** Calls for every change of an allowance from now on; what it answers ends that. */
  onAllowance(name: string, heard: (poller: string, batches: number) => void): () => void;
  /** `missed`: something may have been told to nobody meanwhile. */
  onFact(name: string, heard: (fact: BoardFact) => void, missed: () => void): () => void;
}
