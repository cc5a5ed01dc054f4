/** What a live run does, as a few lines for a terminal: one row a mapping, and what went wrong last. */
import type { RunningMapping } from '@millrace/runtime';
import { columns, formatCount, formatMs, isQueue, type Look, plural, type SourcePlan } from '@millrace/simulation';
import type { LiveRun } from './liveRun.ts';
import type { Depth, Depths } from './statusDepths.ts';

/** Columns after the name, all of them numbers. One that no mapping fills is left out. */
const HEAD = [
  'reads',
  'waiting',
  'in flight',
  'iterator age',
  'pollers',
  'running',
  'records/s',
  'invocations',
  'errors',
  'throttles',
] as const;

const NUMBERS = HEAD.map((_, at) => at + 1);

interface Before {
  readonly atMs: number;
  readonly records: ReadonlyMap<string, number>;
}

export class StatusView {
  readonly #run: LiveRun;
  readonly #look: Look;
  #before: Before | undefined;

  constructor(run: LiveRun, look: Look) {
    this.#run = run;
    this.#look = look;
  }

  lines(nowMs: number, depths: Depths): string[] {
    const rates = this.#rates(nowMs);
    const rows = [...this.#run.mappings].map(([name, mapping]) => {
      const { counts, running, iteratorAgeMs } = mapping.meter;
      const { visible, inFlight, lag, ...depth } = depths.get(name) ?? {};
      const waiting = visible ?? lag?.sum;
      return [
        name,
        readsOf(this.#sourceOf(name), mapping, depth),
        waiting === undefined ? '' : formatCount(waiting),
        inFlight === undefined ? '' : formatCount(inFlight),
        iteratorAgeMs === undefined ? '' : formatMs(iteratorAgeMs),
        String(mapping.pollers().working),
        String(running),
        formatCount(Math.round(rates.get(name) ?? 0)),
        formatCount(counts.Invocations),
        formatCount(counts.Errors),
        formatCount(counts.Throttles),
      ];
    });
    return [...columns(this.#look, filled([['mapping', ...HEAD], ...rows]), NUMBERS), ...this.#problems()];
  }

  #sourceOf(mapping: string): SourcePlan | undefined {
    const plan = this.#run.plan.mappings.find(({ name }) => name === mapping);
    return plan && this.#run.plan.sources[plan.source];
  }

  #problems(): string[] {
    const lines: string[] = [];
    for (const [name, { meter, trouble }] of this.#run.mappings) {
      if (trouble !== undefined) lines.push(`${name} cannot read its source: ${trouble}`);
      else if (meter.lastError) lines.push(`${name}, last error: ${meter.lastError.text}`);
    }
    return lines.length > 0 ? ['', ...lines] : lines;
  }

  /** Records a second since the last look. */
  #rates(nowMs: number): Map<string, number> {
    const records = new Map([...this.#run.mappings].map(([name, { meter }]) => [name, meter.counts.InvokedEventCount]));
    const rates = new Map<string, number>();
    const before = this.#before;
    for (const [name, count] of records) {
      const passedMs = before ? nowMs - before.atMs : 0;
      if (before && passedMs > 0) rates.set(name, ((count - (before.records.get(name) ?? 0)) * 1000) / passedMs);
    }
    this.#before = { atMs: nowMs, records };
    return rates;
  }
}

/** Shards that are read here, or the partitions of the topic. Of a queue there is nothing to say. */
function readsOf(source: SourcePlan | undefined, mapping: RunningMapping, { partitions }: Depth): string {
  if (!source || isQueue(source)) return '';
  if ('topic' in source) return partitions === undefined ? '' : plural(partitions, 'partition');
  return plural(mapping.pollers().open, 'shard');
}

/** The rows, without the columns that have nothing but a head. */
function filled(rows: readonly (readonly string[])[]): string[][] {
  const [head = [], ...mappings] = rows;
  const keeps = head.map((_, at) => mappings.length === 0 || mappings.some((row) => row[at] !== ''));
  return rows.map((row) => row.filter((_, at) => keeps[at]));
}
