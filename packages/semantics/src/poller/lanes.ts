/** Lanes: which one a record belongs to, and what of a lane is ready to be cut. */

import { peekHeap, pushHeap, removeTop, topKey } from '../sources/lazyHeap.ts';
import type { Millis } from '../vocabulary.ts';
import { relieve } from './bounds.ts';
import { isSharded } from './config.ts';
import { first, push, shift, sizeOf } from './deque.ts';
import { addCutter, addLane, cutterOf, type Entry, type Lane, type PollerState } from './state.ts';

/**
 * The slot of a key among `slots`: FNV-1a over its UTF-16 units, then mixed so that the low bits are even. The same
 * key always gets the same slot: rule `stream.lane-is-a-hash-of-the-key`.
 */
export function slotOf(key: string, slots: number): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index += 1) {
    hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) % slots;
}

/** Lanes that exist from the start: a shard's slots, or the one lane of a standard queue. */
export function createLanes(state: PollerState): void {
  const { kind, parallelizationFactor } = state.config;
  if (isSharded(kind)) {
    for (let slot = 0; slot < parallelizationFactor; slot += 1) {
      state.slots.push(addLane(state, String(slot), addCutter(state)));
    }
    return;
  }
  addCutter(state);
  if (kind === 'sqs') addLane(state, '', 0);
}

/** The lane of a record's key; message groups appear as they come. */
export function laneForKey(state: PollerState, key: string): Lane {
  const { slots } = state;
  if (slots.length > 0) return slots[slots.length === 1 ? 0 : slotOf(key, slots.length)] as Lane;
  return state.lanes.get(key) ?? addLane(state, key, 0);
}

/** Bytes that the lane's waiting entries add to an event, each with its separator. */
function readyBytesOf(lane: Lane): number {
  return sizeOf(lane.queue) === 0 ? 0 : lane.queueBytes + lane.keyBytes;
}

export function enqueue(state: PollerState, lane: Lane, entry: Entry, now: Millis): void {
  push(lane.queue, entry);
  state.queued += 1;
  lane.queueBytes += entry.encodedBytes + 1;
  if (!lane.busy) {
    const isFirst = sizeOf(lane.queue) === 1;
    countReady(state, lane, 1, entry.encodedBytes + 1 + (isFirst ? lane.keyBytes : 0), now);
    if (isFirst) offer(state, lane);
  }
}

/** Takes `count` entries from the front of a free lane. */
export function dequeue(state: PollerState, lane: Lane, count: number, now: Millis): Entry[] {
  const before = readyBytesOf(lane);
  const taken = shift(lane.queue, count);
  state.queued -= taken.length;
  for (const entry of taken) lane.queueBytes -= entry.encodedBytes + 1;
  if (!lane.busy) {
    countReady(state, lane, -taken.length, readyBytesOf(lane) - before, now);
    offer(state, lane);
  }
  relieve(state, lane.key);
  return taken;
}

export function hold(state: PollerState, lane: Lane, now: Millis): void {
  if (lane.busy) return;
  countReady(state, lane, -sizeOf(lane.queue), -readyBytesOf(lane), now);
  lane.busy = true;
}

export function free(state: PollerState, lane: Lane, now: Millis): void {
  if (!lane.busy) return;
  lane.busy = false;
  lane.batch = 0;
  countReady(state, lane, sizeOf(lane.queue), readyBytesOf(lane), now);
  offer(state, lane);
  if (state.config.kind === 'sqs-fifo' && sizeOf(lane.queue) === 0) state.lanes.delete(lane.key);
}

function countReady(state: PollerState, lane: Lane, records: number, bytes: number, now: Millis): void {
  const cutter = cutterOf(state, lane.cutter);
  if (cutter.ready === 0 && records > 0) cutter.readySinceMs = now;
  cutter.ready += records;
  cutter.readyBytes += bytes;
}

/** Enters a free lane among those that can be cut from, by its first entry; a shard's slots are cut one by one. */
function offer(state: PollerState, lane: Lane): void {
  const head = state.slots.length > 0 ? undefined : first(lane.queue);
  if (head) pushHeap(state.heads, head.seq, lane, isHead, state.lanes.size);
}

function isHead(lane: Lane, seq: number): boolean {
  return !lane.busy && first(lane.queue)?.seq === seq;
}

/**
 * The free lane whose first entry was fetched first, and the seq at which another free lane is older. It is entered
 * again when something is taken from it.
 */
export function oldestLane(state: PollerState): { lane: Lane; until: number } | undefined {
  const lane = peekHeap(state.heads, isHead);
  if (!lane) return undefined;
  removeTop(state.heads);
  const next = peekHeap(state.heads, isHead);
  return { lane, until: (next && topKey(state.heads)) ?? Number.POSITIVE_INFINITY };
}

/** Puts a lane back from which nothing was taken. */
export function putBack(state: PollerState, lane: Lane): void {
  offer(state, lane);
}
