/** Where in a shard a reader begins. */
import type { StoredShard } from '@millrace/runtime';
import { indexOfSequenceNumber, sequenceNumber, sequenceNumberRange } from '@millrace/semantics';

/** Those that both services have. */
export const iteratorTypes = ['AT_SEQUENCE_NUMBER', 'AFTER_SEQUENCE_NUMBER', 'TRIM_HORIZON', 'LATEST'] as const;

/** As a request says it. */
export interface StartingPoint {
  readonly type: (typeof iteratorTypes)[number];
  readonly sequenceNumber: string | undefined;
}

export type PointRefusal = 'no sequence number' | 'not of this shard';

/** The index at which reading begins, or why it cannot. What is missing there any more is for the reader to see. */
export function indexOfPoint(shard: StoredShard, point: StartingPoint): number | PointRefusal {
  const { type, sequenceNumber: number } = point;
  switch (type) {
    case 'TRIM_HORIZON':
      return shard.firstIndex;
    case 'LATEST':
      return shard.endIndex;
    case 'AT_SEQUENCE_NUMBER':
    case 'AFTER_SEQUENCE_NUMBER':
      if (number === undefined) return 'no sequence number';
      return indexAtNumber(shard, number, type === 'AFTER_SEQUENCE_NUMBER') ?? 'not of this shard';
  }
}

/** The number after which a reader that stands at an index goes on. */
export function numberBefore(shard: StoredShard, index: number): string {
  if (index === 0) return sequenceNumberRange(shard, 0).startingSequenceNumber;
  return sequenceNumber(shard, { index: index - 1, arrivalMs: shard.createdAtMs });
}

function indexAtNumber(shard: StoredShard, number: string, after: boolean): number | undefined {
  const { startingSequenceNumber, endingSequenceNumber } = sequenceNumberRange(shard, shard.endIndex);
  if (number === startingSequenceNumber) return 0;
  if (number === endingSequenceNumber) return shard.endIndex;
  if (number.length !== startingSequenceNumber.length) return undefined;
  const index = indexOfSequenceNumber(shard, number);
  if (index === undefined || index >= shard.endIndex) return undefined;
  return after ? index + 1 : index;
}
