/**
 * How a mapping reads its kind of source: which cursor a poller gets, from where, and where its progress is kept. One
 * implementation per kind of source; the mapping run itself knows no kinds.
 */
import type { MappingFact, MappingOrder, PollerFact, SaveOrder } from '@millrace/semantics';
import type { Cursor, Deliver } from '../sources/cursor.ts';

export interface Opening {
  readonly cursor: Cursor;
  readonly fact: PollerFact & { what: 'opened' };
  /** Makes a save of this poller durable; false when a newer owner has taken over. */
  save(order: SaveOrder): boolean;
}

export interface Reader {
  readonly envelopeBytes: number;
  readonly eventSourceArn: string;
  readonly retentionMs: number;
  readonly visibilityTimeoutMs: number;
  readonly fanOut: boolean;
  /** A poller was ordered, or is gone: a consumer group forms before anybody reads. */
  join?(poller: string): void;
  leave?(poller: string): void;
  /** Everything was lost or spread anew: a new generation. */
  regroup?(): void;
  /** Where a poller begins: `from` says whether the mapping's starting position counts. */
  open(poller: string, from: 'start' | 'horizon', deliver: Deliver, busyUntilMs: number | undefined): Opening;
  /** What the mapping is told when it starts. */
  enabledFact(): MappingFact;
  /** Answers an order to look at the source. */
  look(order: MappingOrder & { do: 'discover' | 'measureLag' }): void;
}
