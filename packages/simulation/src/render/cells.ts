/**
 * One row of a timeline as cells, one per column of time. Invariant: where several things fall into one cell, the
 * one that matters most is shown (a discard, then failures, then success, then the course of an invocation).
 */
import type { DiscardResult, InvocationResult, OutcomeKind } from '../result/result.ts';
import type { LaneRow } from './lanes.ts';
import { glyphsOf, type Look, outcomeTone, type Tone } from './look.ts';

/** The part of virtual time that a picture shows, and how many columns it has for it. */
export interface Scale {
  readonly fromMs: number;
  readonly toMs: number;
  readonly columns: number;
}

export function columnOf(scale: Scale, ms: number): number {
  const share = (ms - scale.fromMs) / Math.max(1, scale.toMs - scale.fromMs);
  return Math.max(0, Math.min(scale.columns - 1, Math.floor(share * scale.columns)));
}

interface Cell {
  glyph: string;
  tone: Tone | undefined;
  rank: number;
}

const outcomeRanks: Readonly<Record<OutcomeKind, number>> = {
  error: 9,
  timeout: 8,
  'invalid-response': 7,
  unreachable: 6,
  lost: 6,
  partial: 5,
  throttled: 4,
  success: 3,
};
const discardRank = 10;
const startRank = 2;
const runningRank = 1;

/** The row's cells as painted text, exactly as wide as the scale. */
export function drawRow(look: Look, scale: Scale, row: LaneRow): string {
  const cells = Array.from({ length: scale.columns }, (): Cell => ({ glyph: ' ', tone: undefined, rank: 0 }));
  for (const invocation of row.invocations) drawInvocation(look, scale, cells, invocation);
  for (const discard of row.discards) drawDiscard(look, scale, cells, discard);
  return paintCells(look, cells);
}

function drawInvocation(look: Look, scale: Scale, cells: Cell[], invocation: InvocationResult): void {
  const glyphs = glyphsOf(look);
  const first = columnOf(scale, invocation.startMs);
  const last = columnOf(scale, invocation.endMs);
  for (let at = first; at < last; at += 1) put(cells, at, glyphs.running, 'dim', runningRank);
  const start = glyphs.start[invocation.closedBy];
  if (start !== undefined && last > first) put(cells, first, start, 'warn', startRank);
  const { outcome } = invocation;
  put(cells, last, glyphs.outcome[outcome], outcomeTone(outcome), outcomeRanks[outcome]);
}

/** A discard comes right after the failure that caused it: it moves one cell on when that cell is free. */
function drawDiscard(look: Look, scale: Scale, cells: Cell[], discard: DiscardResult): void {
  const at = columnOf(scale, discard.atMs);
  const next = cells[at + 1];
  const taken = (cells[at]?.rank ?? 0) > startRank;
  put(cells, taken && next?.rank === 0 ? at + 1 : at, glyphsOf(look).discard, 'bad', discardRank);
}

function put(cells: Cell[], at: number, glyph: string, tone: Tone, rank: number): void {
  const cell = cells[at];
  if (!cell || cell.rank > rank) return;
  cell.glyph = glyph;
  cell.tone = tone;
  cell.rank = rank;
}

function paintCells(look: Look, cells: readonly Cell[]): string {
  let text = '';
  for (let at = 0; at < cells.length; ) {
    const { tone } = cells[at] as Cell;
    let run = '';
    for (; at < cells.length && cells[at]?.tone === tone; at += 1) run += cells[at]?.glyph;
    text += tone === undefined ? run : look.paint(tone, run);
  }
  return text;
}
