/** Carries out a verdict: what is finished, what is given up, what is left to its queue, and what is tried again. */
import type { RuleId } from '../rules/index.ts';
import type { Outcome, Position } from '../vocabulary.ts';
import { retryLimit } from './config.ts';
import { orderDiscard } from './discard.ts';
import type { NoteOrder } from './facts.ts';
import { type Again, judge, take, type Verdict } from './judge.ts';
import { dequeue } from './lanes.ts';
import { finish } from './ledger.ts';
import { addFinished, type Out } from './out.ts';
import { eventBytes, lanesOf, positionsIn, positionsOf } from './pieces.ts';
import { acknowledges, type Batch, type Entry, laneNames, type Piece, type PollerState, takeId } from './state.ts';
import { settleWindow } from './window.ts';

/** An attempt was answered: decides what becomes of its piece. The caller goes on with what is left of the batch. */
export function settle(state: PollerState, batch: Batch, outcome: Outcome, out: Out): void {
  const piece = batch.work[0];
  if (!piece) return;
  if (outcome.kind === 'success' || outcome.kind === 'partial') {
    const lane = state.lanes.get(batch.lanes[0] ?? '');
    settleWindow(lane, piece, outcome.windowState, outcome.windowStateBytes ?? 0);
  }
  apply(state, batch, piece, judge(judged(batch, piece), outcome, state.config, out.now), out);
}

/** A piece that no event can hold fails as if the function had, without having run: rule `stream.oversized-record-fails`. */
export function failWithoutInvoking(state: PollerState, batch: Batch, piece: Piece, out: Out): void {
  const attempt = { ...judged(batch, piece), ran: piece.ran - 1 };
  const verdict = judge(attempt, { kind: 'error', errorType: 'RequestEntityTooLarge' }, state.config, out.now);
  const rule: RuleId = 'stream.oversized-record-fails';
  const discards = verdict.discards.map((discard) => ({
    ...discard,
    approximateInvokeCount: Math.max(1, discard.approximateInvokeCount),
  }));
  apply(state, batch, piece, { ...verdict, discards, again: verdict.again.map((again) => ({ ...again, rule })) }, out);
}

function judged(batch: Batch, piece: Piece) {
  const { spent, ran, waits, entries } = piece;
  return { size: entries.length, spent, ran, waits, visibleAtMs: batch.visibleAtMs };
}

function apply(state: PollerState, batch: Batch, piece: Piece, verdict: Verdict, out: Out): void {
  batch.work.shift();
  batch.saved = acknowledges(state.config);
  for (const part of verdict.done) finishPart(state, batch, piece, take(piece.entries, part), verdict.rule, out);
  for (const part of verdict.left) leave(state, take(piece.entries, part), verdict.rule, out);
  for (const { part, ...why } of verdict.discards) {
    orderDiscard(state, batch, piece, { ...why, entries: take(piece.entries, part) }, out);
    if (piece.final || piece.terminatedEarly) settleWindow(state.lanes.get(batch.lanes[0] ?? ''), piece, undefined, 0);
  }
  batch.work.unshift(...verdict.again.map((again) => pieceAgain(state, batch, piece, again)));
  noteAgain(state, batch, verdict, out);
}

function finishPart(
  state: PollerState,
  batch: Batch,
  piece: Piece,
  entries: readonly Entry[],
  rule: RuleId,
  out: Out,
): void {
  const positions = positionsIn(piece, entries);
  if (acknowledges(state.config)) {
    const id = takeId(state);
    state.awaited.set(id, batch.id);
    batch.settling.set(id, { entries, order: undefined });
    out.orders.push({ do: 'acknowledge', id, rule, positions, why: 'succeeded' });
    return;
  }
  finish(state, entries);
  addFinished(out, entries);
  out.orders.push(note('done', rule, laneNames(state.config, lanesOf(batch, piece)), positions, {}));
}

/** Messages wait for their visibility timeout; what came after them in their group, and is here already, goes along. */
function leave(state: PollerState, entries: readonly Entry[], rule: RuleId, out: Out): void {
  const left = [...entries];
  if (state.config.kind === 'sqs-fifo') {
    for (const key of new Set(entries.map((entry) => entry.lane))) {
      const lane = state.lanes.get(key);
      if (lane) left.push(...dequeue(state, lane, Number.POSITIVE_INFINITY, out.now));
    }
  }
  finish(state, left);
  out.orders.push({ do: 'release', rule, positions: positionsOf(left) });
}

function pieceAgain(state: PollerState, batch: Batch, piece: Piece, again: Again): Piece {
  const entries = take(piece.entries, again.part);
  const same = entries.length === piece.entries.length;
  const positions = positionsIn(piece, entries);
  const bytes = same ? piece.bytes : eventBytes(state, batch.lanes[0] ?? '', entries);
  const { closedBy, rule, spent, ran, waits, notBefore } = again;
  const { final, terminatedEarly } = piece;
  const ordinal = same ? piece.ordinal + 1 : 1;
  return { entries, positions, bytes, closedBy, rule, ordinal, spent, ran, waits, notBefore, final, terminatedEarly };
}

/** Says what is tried again, when, and what of the budget is gone. */
function noteAgain(state: PollerState, batch: Batch, verdict: Verdict, out: Out): void {
  const [first] = verdict.again;
  if (!first) return;
  const kind = noteKind(first);
  const positions = verdict.again.flatMap((_, index) => batch.work[index]?.positions ?? []);
  const data = {
    notBeforeMs: first.notBefore,
    spent: first.spent,
    budget: retryLimit(state.config),
    waits: first.waits,
    sizes: verdict.again.map((_, index) => batch.work[index]?.entries.length ?? 0),
  };
  out.orders.push(note(kind, first.rule, laneNames(state.config, batch.lanes), positions, data));
}

function note(
  kind: NoteOrder['note'],
  rule: RuleId,
  lanes: readonly string[],
  positions: readonly Position[],
  data: NoteOrder['data'],
): NoteOrder {
  return { do: 'note', note: kind, rule, lanes, positions, data };
}

function noteKind(again: Again): NoteOrder['note'] {
  if (again.closedBy === 'split' || again.closedBy === 'rest') return again.closedBy;
  return again.waited ? 'wait' : 'retry';
}
