/**
 * The timeline of a run: a row per lane, virtual time from left to right, a legend of what occurs in it. Runs with
 * more invocations than cells get rows of density on top, and a cell of a lane shows the worst that happened in it.
 */
import type { RunResult } from '../result/result.ts';
import { drawRow, type Scale } from './cells.ts';
import { densityRows } from './density.ts';
import { formatMs, roundStep } from './duration.ts';
import { chooseRows, type LaneRow, laneRows, longestLabel } from './lanes.ts';
import { type Glyphs, glyphsOf, type Look } from './look.ts';
import { fitMiddle, padEnd, plural, wrap, wrapItems } from './text.ts';

export interface TimelineOptions {
  /** Lanes to show at most; 12 when absent. The ones with the most trouble are kept. */
  readonly lanes?: number;
}

const gap = 2;
const leastColumns = 16;

/** The timeline as lines. Empty when nothing was invoked and nothing was discarded. */
export function renderTimeline(result: RunResult, look: Look, options: TimelineOptions = {}): string[] {
  const rows = laneRows(result);
  if (rows.length === 0) return [];
  const { shown, hidden } = chooseRows(rows, options.lanes ?? 12);
  const dense = isDense(look, shown);
  const labelColumns = labelColumnsOf(look, shown, dense);
  const scale = scaleOf(result, look.width - labelColumns - gap);
  const label = (text: string): string => padEnd(look, fitMiddle(look, text, labelColumns), labelColumns + gap);
  const pictures = shown.map((row) => drawRow(look, scale, row));
  return [
    ...axisLines(look, scale).map((line) => look.paint('dim', label('') + line)),
    ...(dense ? densityRows(look, scale, result).map((row) => label(row.label) + row.picture) : []),
    ...shown.map((row, at) => (label(row.label) + pictures[at]).trimEnd()),
    ...hiddenLine(look, hidden),
    ...legendLines(look, pictures, scale, dense),
  ];
}

function labelColumnsOf(look: Look, rows: readonly LaneRow[], dense: boolean): number {
  const wanted = Math.max(longestLabel(rows, look.widthOf), dense ? 'invocations (max 1,000)'.length : 0);
  return Math.max(8, Math.min(wanted, Math.floor(look.width * 0.4), look.width - leastColumns - gap));
}

/** More than one invocation a cell on average. */
function isDense(look: Look, rows: readonly LaneRow[]): boolean {
  let count = 0;
  for (const row of rows) count += row.invocations.length;
  return count > rows.length * look.width * 0.6;
}

function scaleOf(result: RunResult, columns: number): Scale {
  let lastMs = 0;
  for (const invocation of result.invocations) lastMs = Math.max(lastMs, invocation.endMs);
  for (const discard of result.discards) lastMs = Math.max(lastMs, discard.atMs);
  return { fromMs: 0, toMs: Math.max(1, lastMs), columns: Math.max(leastColumns, columns) };
}

function axisLines(look: Look, scale: Scale): [string, string] {
  const glyphs = glyphsOf(look);
  const step = roundStep(scale.toMs - scale.fromMs, Math.floor(scale.columns / 12));
  const labels = new Array<string>(scale.columns).fill(' ');
  const line = new Array<string>(scale.columns).fill(glyphs.axis);
  for (let ms = 0; ms <= scale.toMs; ms += step) {
    const at = Math.floor((ms / scale.toMs) * scale.columns);
    const text = formatMs(ms);
    if (at >= scale.columns) break;
    line[at] = glyphs.tick;
    if (at + text.length > scale.columns) break;
    for (const [offset, char] of Array.from(text).entries()) labels[at + offset] = char;
  }
  return [labels.join('').trimEnd(), line.join('')];
}

function hiddenLine(look: Look, hidden: readonly LaneRow[]): string[] {
  if (hidden.length === 0) return [];
  const invocations = hidden.reduce((sum, row) => sum + row.invocations.length, 0);
  const troubles = hidden.reduce((sum, row) => sum + row.troubles, 0);
  const quiet = troubles === 0 ? 'all succeeded' : `${troubles} in trouble`;
  const lead = look.ascii ? '...' : '…';
  const text = `${lead} and ${plural(hidden.length, 'more lane')} (${plural(invocations, 'invocation')}, ${quiet})`;
  return wrap(look, text, look.width).map((line) => look.paint('dim', line));
}

function legendLines(look: Look, pictures: readonly string[], scale: Scale, dense: boolean): string[] {
  const words = legendWords(glyphsOf(look), pictures);
  if (dense) words.push(`a cell shows the worst of its ${formatMs(cellMs(scale))}`);
  return wrapItems(look, words, '   ', look.width)
    .flatMap((line) => wrapLong(look, line))
    .map((line) => look.paint('dim', line));
}

/** Only a line of a single item can be too long; the items' own gaps stay as they are. */
function wrapLong(look: Look, line: string): string[] {
  return look.widthOf(line) > look.width ? wrap(look, line, look.width) : [line];
}

/** The time that a cell stands for, as exact as is worth reading. */
function cellMs(scale: Scale): number {
  const ms = scale.toMs / scale.columns;
  return ms > 10_000 ? Math.round(ms / 1000) * 1000 : Math.ceil(ms);
}

/** Only what can be seen is explained. */
function legendWords(glyphs: Glyphs, pictures: readonly string[]): string[] {
  const seen = new Set(pictures.flatMap((picture) => Array.from(picture)));
  const words: (readonly [string, string])[] = [
    ...Object.entries(glyphs.outcome).map(([kind, glyph]) => [glyph, kind] as const),
    ...Object.entries(glyphs.start).map(([kind, glyph]) => [glyph, startWords[kind] ?? kind] as const),
    [glyphs.discard, 'discarded'],
  ];
  return words.filter(([glyph]) => seen.has(glyph)).map(([glyph, word]) => `${glyph} ${word}`);
}

const startWords: Readonly<Record<string, string>> = {
  retry: 'retry',
  split: 'half of a split batch',
  rest: 'rest of a batch',
  'window-end': 'final window',
};
