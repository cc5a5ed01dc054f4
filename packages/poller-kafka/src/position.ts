/**
 * A position is partition and offset in one number, the same in virtual time and after every restart: partitions stay
 * below 65,536, offsets below 2^37 (137 thousand million), so that the number stays exact.
 */
import type { Position } from '@millrace/semantics';

const PARTITIONS = 65_536;
const OFFSETS = 2 ** 37;

export function positionOf(partition: number, offset: number): number {
  return offset * PARTITIONS + partition;
}

export function partitionOf(position: Position): number {
  return (position as number) % PARTITIONS;
}

export function offsetOf(position: Position): number {
  return Math.floor((position as number) / PARTITIONS);
}

/** Why a record cannot be given a position; undefined when it can. */
export function problemOfPlace(topic: string, partition: number, offset: number): string | undefined {
  if (partition >= PARTITIONS)
    return `Partition ${partition} of topic ${topic} cannot be read: Millrace reads the partitions 0 to ${PARTITIONS - 1}.`;
  if (offset >= OFFSETS)
    return `Offset ${offset} of ${topic}-${partition} cannot be read: Millrace reads offsets below ${OFFSETS}.`;
  return undefined;
}
