/**
 * The port through which a mapping's owner and its pollers speak, wherever they are: what each poller may do is kept and
 * told on; what pollers have found is told to whoever owns the mapping, and to nobody when nobody does.
 */
import type { MappingFact } from '@millrace/semantics';

export interface Board {
  /** How many batches a poller may run at once; kept for whoever serves it next. */
  allow(mapping: string, poller: string, batches: number): Promise<void>;
  allowances(mapping: string): Promise<ReadonlyMap<string, number>>;
  forget(mapping: string, poller: string): Promise<void>;
  tell(mapping: string, fact: MappingFact): void;
  /** Calls for every change of an allowance from now on; what it answers ends that. */
  onAllowance(mapping: string, heard: (poller: string, batches: number) => void): () => void;
  onFact(mapping: string, heard: (fact: MappingFact) => void): () => void;
}
