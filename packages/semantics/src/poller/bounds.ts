/**
 * How far a poller reads ahead of what it has finished. AWS does not say how far Lambda does: these bounds are our choice,
 * so that a record that is tried again for days does not fill the memory. One answer of the source may go beyond them.
 *
 * 1. Everything here is counted while records come and go: nothing is gone through.
 * 2. No bound keeps back what a saved cut waits for, unless a batch is in progress that will make room.
 */
import { GET_RECORDS_LIMITS } from '../sources/readLimits.ts';
import type { PollerConfig } from './config.ts';
import { sizeOf } from './deque.ts';
import { type Lane, laneOf, type PollerState } from './state.ts';

/** At least so many unfinished records of a shard, and waiting ones of a partition; more where batches are larger. */
const SHARD_RECORDS = GET_RECORDS_LIMITS.kinesis.records;
const PARTITION_RECORDS = 1000;

/**
 * So many times what a shard may hold is read and not passed, of a partition too: until then others go on beside a blocked
 * lane, and filters behind a record that takes its time. Each costs a place in the ledger, and mostly a saved position.
 */
const UNPASSED_PER_HELD = 3;

/** Encoded bytes that a poller holds unfinished: ten full events, one for each lane of a shard that has the most. */
const HELD_LIMIT_BYTES = 64 << 20;

/** Whether a shard is not read further for now. */
export function isFull(state: PollerState): boolean {
  const hasRoom = state.held < mostHeld(state.config) && state.heldBytes < HELD_LIMIT_BYTES;
  if (hasRoom && !isFarAhead(state, state.slots[0])) return false;
  return state.batches.size > 0 || !state.resume || state.resume.cuts.size === 0;
}

/** Kafka: a partition of which enough was read is left out of the next fetch. The partitions share the bytes evenly. */
export function pauseIfFed(state: PollerState, lane: Lane): void {
  if (isFed(state, lane)) state.paused.add(lane.key);
}

/** Something of a partition was taken, or passed: it may have room again. */
export function relieve(state: PollerState, key: string): void {
  if (!state.paused.has(key) || isFed(state, laneOf(state, key))) return;
  state.paused.delete(key);
  state.relieved = true;
}

function isFed(state: PollerState, lane: Lane): boolean {
  const most = Math.max(PARTITION_RECORDS, 2 * state.config.batchSize);
  if (sizeOf(lane.queue) >= most || lane.queueBytes * state.lanes.size >= HELD_LIMIT_BYTES) return true;
  return isFarAhead(state, lane) && !state.resume?.cuts.has(lane.key);
}

function mostHeld({ batchSize, parallelizationFactor }: PollerConfig): number {
  return Math.max(SHARD_RECORDS, 2 * batchSize * parallelizationFactor);
}

/** Whether too much was read and not passed; the lanes of a shard have one ledger. */
function isFarAhead(state: PollerState, lane: Lane | undefined): boolean {
  return lane?.ledger !== undefined && sizeOf(lane.ledger.entries) >= UNPASSED_PER_HELD * mostHeld(state.config);
}
