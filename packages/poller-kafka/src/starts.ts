/**
 * Where the partitions of a member begin.
 *
 * 1. A committed offset wins. Our own checkpoint goes on after it only where the commit is ours: a process that died between
 *    its save and its commit. An offset that somebody has set by hand stands.
 * 2. Where nothing is committed, the start is committed before anything is read, so that LATEST stays what it was. Whoever
 *    has partition 0 does it for all partitions of the topic; the others wait a little for it.
 * 3. Where our checkpoint is ahead of our own commit, that commit is made up for: its process died, or its brokers did, in
 *    between, and nobody else would make it before new records come.
 * 4. A partition that came while the group was reading already begins at its oldest record, LATEST or not.
 * 5. A checkpoint beyond the end of its partition: one that still has its very first record may be of a topic that was made
 *    anew, and is read as a new one is. One that has not has lost its end, and goes on at the one it has.
 */
import { topicPartition } from '@millrace/aws-shapes';
import type { Clock, Progress } from '@millrace/runtime';
import type { LaneSave, PartitionOffsets, Position, SavedPoller, StartingPosition } from '@millrace/semantics';
import type { Assignment, CommittedOffset, GroupMember, TopicClient } from './client.ts';
import { offsetOf, partitionOf } from './position.ts';

/** So long another member is waited for, which may not be one of ours. */
const PINNED_WITHIN_MS = 5_000;
const ASK_EVERY_MS = 100;

export interface StartsOptions {
  readonly client: TopicClient;
  readonly member: GroupMember;
  readonly assignment: Assignment;
  readonly position: StartingPosition;
  readonly from: 'start' | 'horizon';
  readonly progress: Progress;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export interface Start {
  readonly partition: number;
  readonly offset: number;
  /** Records before it that retention took. */
  readonly missed: number;
  /** The offset was set back: what was saved counts no more. */
  readonly setBack: boolean;
}

export interface Starts {
  readonly assigned: readonly Start[];
  /** Where partitions begin of which this member has decided it. */
  readonly pinned: ReadonlyMap<number, number>;
}

/** Undefined when the generation is over. @throws {TopicUnavailable} */
export async function findStarts(options: StartsOptions): Promise<Starts | undefined> {
  const { client, member, assignment, signal } = options;
  const committed = new Map(await committedByNow(options));
  const offsets = new Map((await client.offsets()).map((each) => [each.partition, each]));
  const pinned = await pins(options, committed, offsets);
  const commits = new Map([...missingCommits(options, committed, offsets), ...pinned]);
  if (commits.size > 0) {
    if (signal.aborted || !(await member.commit(assignment.generation, commits))) return undefined;
    for (const [partition, offset] of commits) committed.set(partition, { offset, own: true });
  }
  const assigned = assignment.partitions.map((partition) =>
    startOf(options, partition, committed.get(partition), offsets.get(partition)),
  );
  return { assigned, pinned };
}

/** What is committed, once those who decide about our partitions had their time. */
async function committedByNow(options: StartsOptions): Promise<ReadonlyMap<number, CommittedOffset>> {
  const { client, assignment, clock, signal } = options;
  const untilMs = clock.now() + PINNED_WITHIN_MS;
  for (;;) {
    const committed = await client.committed();
    const isThere = assignment.partitions.every((partition) => committed.has(partition));
    if (isThere || assignment.partitions.includes(0) || clock.now() >= untilMs || signal.aborted) return committed;
    await clock.until(clock.now() + ASK_EVERY_MS, signal);
  }
}

async function pins(
  options: StartsOptions,
  committed: ReadonlyMap<number, CommittedOffset>,
  offsets: ReadonlyMap<number, PartitionOffsets>,
): Promise<ReadonlyMap<number, number>> {
  const { client, assignment, position, from } = options;
  const mine = assignment.partitions.includes(0) ? [...offsets.keys()] : assignment.partitions;
  const open = mine.filter((partition) => needsPin(committed.get(partition), offsets.get(partition)));
  if (open.length === 0) return new Map();
  const later = position === 'LATEST' && hasBegun(options, committed);
  const starts = await client.startsAt(later || from === 'horizon' ? 'TRIM_HORIZON' : position);
  return new Map(open.map((partition) => [partition, pinOf(options, partition, starts, offsets.get(partition))]));
}

function missingCommits(
  { client, assignment, progress }: StartsOptions,
  committed: ReadonlyMap<number, CommittedOffset>,
  offsets: ReadonlyMap<number, PartitionOffsets>,
): ReadonlyMap<number, number> {
  const missing = new Map<number, number>();
  for (const partition of assignment.partitions) {
    const there = committed.get(partition);
    const after = reached(afterCheckpoint(progress, topicPartition(client.topic, partition)), offsets.get(partition));
    if (there?.own && after !== undefined && after > there.offset) missing.set(partition, after);
  }
  return missing;
}

/** Nothing is committed, or something that the topic does not reach: it must not come true behind records read by then. */
function needsPin(committed: CommittedOffset | undefined, offsets: PartitionOffsets | undefined): boolean {
  return committed === undefined || (offsets !== undefined && committed.offset > offsets.latest);
}

function pinOf(
  { progress, client }: StartsOptions,
  partition: number,
  starts: ReadonlyMap<number, number>,
  offsets: PartitionOffsets | undefined,
): number {
  const lane = topicPartition(client.topic, partition);
  const [after, began] = [afterCheckpoint(progress, lane), progress.starts.get(lane)];
  const { earliest = 0, latest = Number.POSITIVE_INFINITY } = offsets ?? {};
  const asNew = starts.get(partition) ?? 0;
  if (after !== undefined && after > latest) return earliest > 0 ? latest : Math.min(asNew, latest);
  return Math.min(after ?? (began === undefined ? asNew : Number(began)), latest);
}

/** Whether this mapping has read the topic before. */
function hasBegun({ client, progress }: StartsOptions, committed: ReadonlyMap<number, CommittedOffset>): boolean {
  if (progress.starts.size > 0 || progress.checkpoints.size > 0) return true;
  return client.marksCommits && [...committed.values()].some(({ own }) => own);
}

function startOf(
  { progress, client }: StartsOptions,
  partition: number,
  committed: CommittedOffset | undefined,
  offsets: PartitionOffsets | undefined,
): Start {
  const after = afterCheckpoint(progress, topicPartition(client.topic, partition));
  const goesOn = committed?.own ? reached(after, offsets) : undefined;
  const wanted = Math.max(goesOn ?? 0, committed?.offset ?? 0);
  const earliest = offsets?.earliest ?? 0;
  const offset = Math.min(Math.max(wanted, earliest), Math.max(earliest, offsets?.latest ?? wanted));
  return { partition, offset, missed: Math.max(0, earliest - wanted), setBack: after !== undefined && offset < after };
}

/** The offset behind our own checkpoint. */
function afterCheckpoint(progress: Progress, lane: string): number | undefined {
  const checkpoint = progress.checkpoints.get(lane);
  return checkpoint === undefined ? undefined : offsetOf(checkpoint) + 1;
}

/** Undefined where the partition does not reach it. */
function reached(offset: number | undefined, offsets: PartitionOffsets | undefined): number | undefined {
  return offset !== undefined && offsets !== undefined && offset > offsets.latest ? undefined : offset;
}

/** What was saved, as far as these starts still come to it. */
export function readable(saved: SavedPoller | undefined, starts: readonly Start[]): SavedPoller | undefined {
  if (!saved) return undefined;
  const froms = new Map(starts.map(({ partition, offset, setBack }) => [partition, setBack ? Infinity : offset]));
  const isThere = (position: Position) => offsetOf(position) >= (froms.get(partitionOf(position)) ?? Infinity);
  const kept = (lane: LaneSave): LaneSave => {
    const work = lane.work.map((piece) => ({ ...piece, positions: piece.positions.filter(isThere) }));
    return { ...lane, work };
  };
  return { ...saved, ahead: saved.ahead.filter(isThere), lanes: saved.lanes.map(kept) };
}

/** Offsets by partition that a poller waits for, to go on with what was saved. */
export function awaitedOffsets(saved: SavedPoller | undefined): Map<number, Set<number>> {
  const awaited = new Map<number, Set<number>>();
  const note = (position: Position) => {
    const offsets = awaited.get(partitionOf(position)) ?? new Set();
    awaited.set(partitionOf(position), offsets.add(offsetOf(position)));
  };
  for (const position of saved?.ahead ?? []) note(position);
  for (const { work } of saved?.lanes ?? []) for (const piece of work) for (const each of piece.positions) note(each);
  return awaited;
}
