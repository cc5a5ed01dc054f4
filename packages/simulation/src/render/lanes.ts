/**
 * The rows of a timeline: one per lane. A standard queue has no lanes, so its invocations are stacked into as few
 * rows as their overlap needs; the row's number is then the concurrency it stands for.
 */
import type { DiscardResult, InvocationResult, RunResult } from '../result/result.ts';

export interface LaneRow {
  readonly label: string;
  readonly invocations: InvocationResult[];
  readonly discards: DiscardResult[];
  /** Invocations that did not succeed, and discards. */
  troubles: number;
}

/** All rows of a run, in order of label; numbers in labels count as numbers. */
export function laneRows(result: RunResult): LaneRow[] {
  const rows = new RowBuilder(new Set(result.invocations.map((one) => one.mapping)).size > 1);
  for (const invocation of result.invocations) rows.add(invocation);
  for (const discard of result.discards) rows.discard(discard);
  return rows.sorted();
}

class RowBuilder {
  private readonly rows = new Map<string, LaneRow>();
  private readonly lanesOfRecord = new Map<string, readonly string[]>();
  private readonly freeAt = new Map<string, number[]>();
  private readonly named: boolean;

  constructor(named: boolean) {
    this.named = named;
  }

  add(invocation: InvocationResult): void {
    const labels = this.labelsOf(invocation);
    for (const label of labels) {
      const row = this.row(label);
      row.invocations.push(invocation);
      if (invocation.outcome !== 'success') row.troubles += 1;
    }
    // Only what failed can be discarded, so only that is remembered.
    if (invocation.outcome === 'success') return;
    for (const record of invocation.records) this.lanesOfRecord.set(this.recordKey(invocation.mapping, record), labels);
  }

  discard(discard: DiscardResult): void {
    const first = discard.records[0];
    const known = first === undefined ? undefined : this.lanesOfRecord.get(this.recordKey(discard.mapping, first));
    for (const label of known ?? [this.prefixed(discard.mapping, 'discarded')]) {
      const row = this.row(label);
      row.discards.push(discard);
      row.troubles += 1;
    }
  }

  sorted(): LaneRow[] {
    return [...this.rows.values()].sort((a, b) => compareLabels(a.label, b.label));
  }

  private recordKey(mapping: string, record: string): string {
    return `${mapping}\n${record}`;
  }

  private prefixed(mapping: string, lane: string): string {
    return this.named ? `${mapping} ${lane}` : lane;
  }

  private labelsOf(invocation: InvocationResult): string[] {
    const lanes = invocation.lanes.length > 0 ? invocation.lanes : [this.freeSlot(invocation)];
    return lanes.map((lane) => this.prefixed(invocation.mapping, lane));
  }

  private freeSlot(invocation: InvocationResult): string {
    const slots = this.freeAt.get(invocation.mapping) ?? [];
    this.freeAt.set(invocation.mapping, slots);
    const free = slots.findIndex((at) => at <= invocation.startMs);
    const slot = free < 0 ? slots.length : free;
    slots[slot] = Math.max(invocation.endMs, invocation.startMs + 1e-9);
    return `concurrent ${slot + 1}`;
  }

  private row(label: string): LaneRow {
    const row = this.rows.get(label) ?? { label, invocations: [], discards: [], troubles: 0 };
    this.rows.set(label, row);
    return row;
  }
}

const byNumbers = new Intl.Collator('en', { numeric: true });

function compareLabels(a: string, b: string): number {
  return byNumbers.compare(a, b);
}

/** The rows worth a line: those with the most trouble, then the busiest; shown in their usual order. */
export function chooseRows(rows: readonly LaneRow[], most: number): { shown: LaneRow[]; hidden: LaneRow[] } {
  if (rows.length <= most) return { shown: [...rows], hidden: [] };
  const ranked = [...rows].sort((a, b) => b.troubles - a.troubles || b.invocations.length - a.invocations.length);
  const chosen = new Set(ranked.slice(0, most));
  return { shown: rows.filter((row) => chosen.has(row)), hidden: rows.filter((row) => !chosen.has(row)) };
}

export function longestLabel(rows: readonly LaneRow[], widthOf: (text: string) => number): number {
  let longest = 0;
  for (const row of rows) longest = Math.max(longest, widthOf(row.label));
  return longest;
}
