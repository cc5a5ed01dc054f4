/** Records that are too old, by the mapping's limit or by the source's retention. Looked at before every attempt. */
import type { RuleId } from '../rules/index.ts';
import type { Millis, Position } from '../vocabulary.ts';
import { isQueue, isSharded, type PollerConfig } from './config.ts';
import { comparePositions } from './savedProgress.ts';
import type { Entry, Lane, OpenWindow, Piece } from './state.ts';

export interface Expired {
  readonly dropped: readonly Entry[];
  readonly kept: readonly Entry[];
  /** The source no longer has them, whatever the mapping allows. */
  readonly retention: boolean;
  readonly rule: RuleId;
}

/** What of a piece may not be attempted any more at `now`; undefined when all of it may. */
export function expiredPart(
  config: PollerConfig,
  piece: Piece,
  window: OpenWindow | undefined,
  now: Millis,
): Expired | undefined {
  if (isQueue(config.kind)) return undefined;
  const limitMs = config.maximumRecordAgeMs === 'never' ? Number.POSITIVE_INFINITY : config.maximumRecordAgeMs;
  const retention = config.retentionMs < limitMs;
  const maxAgeMs = Math.min(limitMs, config.retentionMs);
  const rule = retention ? 'source.retention-ends-retries' : 'retry.record-age-drops-the-expired-prefix';
  if (piece.entries.length === 0) return expiredWindow(piece, window, now - maxAgeMs, retention, rule);
  const oldest = piece.entries[0];
  if (isSharded(config.kind) && oldest && oldest.arrivalMs > now - maxAgeMs) return undefined;
  const isExpired = (entry: Entry) => entry.arrivalMs <= now - maxAgeMs;
  const dropped = isSharded(config.kind) ? prefix(piece.entries, isExpired) : piece.entries.filter(isExpired);
  if (dropped.length === 0) return undefined;
  const kept = isSharded(config.kind)
    ? piece.entries.slice(dropped.length)
    : piece.entries.filter((e) => !isExpired(e));
  return { dropped, kept, retention, rule };
}

/**
 * What of a piece its source says that it has removed. What is held and was never attempted is, all the same, attempted
 * once: that it was read in time is what counts.
 */
export function removedPart({ entries, ran, waits }: Piece, lanes: ReadonlyMap<string, Lane>): Expired | undefined {
  if (ran + waits === 0) return undefined;
  const isRemoved = ({ lane, position }: Entry) => isBefore(position, lanes.get(lane)?.removedBefore);
  const dropped = entries.filter(isRemoved);
  if (dropped.length === 0) return undefined;
  const kept = entries.filter((entry) => !isRemoved(entry));
  return { dropped, kept, retention: true, rule: 'source.retention-ends-retries' };
}

function isBefore(position: Position, end: Position | undefined): boolean {
  return end !== undefined && comparePositions(position, end) < 0;
}

/** An invocation without records ages with the newest record of its window. */
function expiredWindow(
  piece: Piece,
  window: OpenWindow | undefined,
  bornBeforeMs: Millis,
  retention: boolean,
  rule: RuleId,
): Expired | undefined {
  if (!window || piece.spent + piece.waits === 0 || window.lastArrivalMs > bornBeforeMs) return undefined;
  return { dropped: [], kept: [], retention, rule };
}

function prefix(entries: readonly Entry[], test: (entry: Entry) => boolean): readonly Entry[] {
  const end = entries.findIndex((entry) => !test(entry));
  return end === -1 ? entries : entries.slice(0, end);
}
