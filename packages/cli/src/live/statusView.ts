/** What a live run does, as a few lines for a terminal: one row a mapping, and what went wrong last. */
import { columns, formatCount, type Look } from '@millrace/simulation';
import type { LiveRun } from './liveRun.ts';

/** Counts of queues by source name, as they were last asked for. */
export type QueueDepths = ReadonlyMap<string, { readonly visible: number; readonly inFlight: number }>;

/** Columns after the name hold numbers. */
const NUMBERS = [1, 2, 3, 4, 5, 6, 7, 8];

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

  lines(nowMs: number, depths: QueueDepths): string[] {
    const rates = this.#rates(nowMs);
    const head = [
      'mapping',
      'waiting',
      'in flight',
      'pollers',
      'running',
      'records/s',
      'invocations',
      'errors',
      'throttles',
    ];
    const rows = [...this.#run.mappings].map(([name, mapping]) => {
      const { counts, running } = mapping.meter;
      const depth = depths.get(this.#sourceOf(name));
      return [
        name,
        depth ? formatCount(depth.visible) : '',
        depth ? formatCount(depth.inFlight) : '',
        String(mapping.pollers().working),
        String(running),
        formatCount(Math.round(rates.get(name) ?? 0)),
        formatCount(counts.Invocations),
        formatCount(counts.Errors),
        formatCount(counts.Throttles),
      ];
    });
    return [...columns(this.#look, [head, ...rows], NUMBERS), ...this.#problems()];
  }

  #sourceOf(mapping: string): string {
    const plan = this.#run.plan.mappings.find(({ name }) => name === mapping);
    return this.#run.plan.sources[plan?.source ?? 0]?.name ?? '';
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
