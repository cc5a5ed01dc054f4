/**
 * Whether the topic still has what its pollers hold: a record that fails again and again keeps its partition no longer than
 * the brokers keep the record.
 *
 * 1. Asked about are only readers one of whose partitions stands still: its oldest held record is the one of the last look.
 */
import type { Clock } from '@millrace/runtime';
import type { PartitionOffsets } from '@millrace/semantics';
import type { TopicClient } from './client.ts';

const LOOK_EVERY_MS = 5_000;

type Oldest = ReadonlyMap<number, number>;

export interface Holder {
  /** By partition, the offset of the oldest record that is held. */
  oldestHeld(): Oldest;
  reaches(offsets: readonly PartitionOffsets[]): void;
}

interface RemovalsOptions {
  readonly client: Pick<TopicClient, 'offsets'>;
  readonly holders: () => Iterable<Holder>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Looks until it is aborted. Brokers that cannot be asked now are asked at the next look. */
export async function watchRemovals({ client, holders, clock, signal }: RemovalsOptions): Promise<void> {
  let before: ReadonlyMap<Holder, Oldest> = new Map();
  for (;;) {
    await clock.until(clock.now() + LOOK_EVERY_MS, signal);
    if (signal.aborted) return;
    const held = new Map([...holders()].map((holder) => [holder, holder.oldestHeld()]));
    const still = [...held].filter(([holder, oldest]) => standsStill(oldest, before.get(holder)));
    before = held;
    const offsets = still.length > 0 && (await client.offsets().catch(() => undefined));
    if (offsets) for (const [holder] of still) holder.reaches(offsets);
  }
}

function standsStill(oldest: Oldest, before: Oldest | undefined): boolean {
  for (const [partition, offset] of oldest) if (before?.get(partition) === offset) return true;
  return false;
}
