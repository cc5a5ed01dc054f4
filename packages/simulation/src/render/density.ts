/** How much happened per column of time, as rows of levels: for runs with more invocations than cells. */
import type { RunResult } from '../result/result.ts';
import { columnOf, type Scale } from './cells.ts';
import { glyphsOf, type Look, type Tone } from './look.ts';
import { formatCount } from './text.ts';

export interface DensityRow {
  readonly label: string;
  readonly picture: string;
}

/** A row each for what happened at all: invocations, failed ones, throttled ones, discarded records. */
export function densityRows(look: Look, scale: Scale, result: RunResult): DensityRow[] {
  const counts = { invocations: zeros(scale), failed: zeros(scale), throttled: zeros(scale), discarded: zeros(scale) };
  for (const { outcome, startMs, endMs } of result.invocations) {
    bump(counts.invocations, columnOf(scale, startMs), 1);
    if (outcome === 'throttled') bump(counts.throttled, columnOf(scale, endMs), 1);
    else if (outcome !== 'success') bump(counts.failed, columnOf(scale, endMs), 1);
  }
  for (const discard of result.discards) bump(counts.discarded, columnOf(scale, discard.atMs), discard.records.length);
  const tones: Record<keyof typeof counts, Tone> = {
    invocations: 'good',
    failed: 'bad',
    throttled: 'warn',
    discarded: 'bad',
  };
  return (Object.keys(counts) as (keyof typeof counts)[])
    .filter((name) => counts[name].some((count) => count > 0))
    .map((name) => ({
      label: labelOf(name, counts[name]),
      picture: look.paint(tones[name], levels(look, counts[name])),
    }));
}

function zeros(scale: Scale): number[] {
  return new Array<number>(scale.columns).fill(0);
}

function bump(counts: number[], at: number, by: number): void {
  counts[at] = (counts[at] ?? 0) + by;
}

function labelOf(name: string, counts: readonly number[]): string {
  return `${name} (max ${formatCount(Math.max(...counts))})`;
}

function levels(look: Look, counts: readonly number[]): string {
  const { levels: steps } = glyphsOf(look);
  const most = Math.max(...counts);
  return counts
    .map((count) => steps[count === 0 ? 0 : Math.max(1, Math.round((count / most) * (steps.length - 1)))])
    .join('');
}
