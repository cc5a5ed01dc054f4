import type { Placed } from '@millrace/semantics';

/** A record and when it arrived: a live shard knows no index. */
export type Arrived<T> = Omit<Placed<T>, 'index'>;
