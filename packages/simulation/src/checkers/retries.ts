/** A batch fails no more often than its retries allow. Counted by the batch's records, whatever the poller says. */
import type { MappingSettings } from '@millrace/semantics';
import type { TraceEvent } from '../trace/event.ts';
import type { Report } from './report.ts';

const FAILED = new Set(['error', 'timeout', 'invalid-response', 'partial']);

export class RetryChecker {
  readonly #report: Report;
  /** By lanes: the batch that failed last, and how often in a row. */
  readonly #failures = new Map<string, { readonly batch: string; count: number }>();

  constructor(report: Report) {
    this.#report = report;
  }

  /** New settings, another owner: the count begins anew. */
  reset(): void {
    this.#failures.clear();
  }

  settled(event: TraceEvent, settings: MappingSettings): void {
    const lanes = event.lanes?.join(' ') ?? '';
    const outcome = String(event.data?.outcome);
    if (outcome === 'success') this.#failures.delete(lanes);
    if (!FAILED.has(outcome) || settings.maximumRetries === 'untilExpiry') return;
    const records = event.records ?? [];
    const batch = `${records[0]}-${records.at(-1)}-${records.length}`;
    const failures = this.#failures.get(lanes);
    // The ends of two windows both come without records; only a retry is the same one again.
    const another = records.length === 0 && event.data?.closedBy !== 'retry';
    const count = failures?.batch === batch && !another ? failures.count + 1 : 1;
    this.#failures.set(lanes, { batch, count });
    if (count <= settings.maximumRetries + 1) return;
    this.#report(event, 'retry-limit', records, `failed ${count} times, ${settings.maximumRetries} retries allowed`);
  }
}
