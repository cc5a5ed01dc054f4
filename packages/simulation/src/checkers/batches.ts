/** A batch holds no more records and bytes than it may, waits no longer than its window, and is alone in its lane. */
import { type MappingSettings, REQUEST_LIMIT_BYTES } from '@millrace/semantics';
import type { TraceEvent } from '../trace/event.ts';
import { roleOf } from '../trace/pollers.ts';
import type { OpenRecords } from './openRecords.ts';
import type { Report } from './report.ts';

/** Batches that were cut from waiting records, not made from an earlier batch. */
const FRESH = new Set(['size', 'window', 'payload', 'available']);

export class BatchChecker {
  readonly #records: OpenRecords;
  readonly #report: Report;
  readonly #inLane = new Map<string, string>();
  /** When running attempts end. */
  readonly #endsMs = new Map<string, number>();
  readonly #lastDoneMs = new Map<string, number>();
  /** A change of settings, a fault or a pause makes windows longer than configured. */
  #disturbed = false;
  #largest = 0;

  constructor(records: OpenRecords, report: Report) {
    this.#records = records;
    this.#report = report;
  }

  disturb(): void {
    this.#disturbed = true;
  }

  invoked(event: TraceEvent, settings: MappingSettings): void {
    const records = event.records ?? [];
    const closedBy = String(event.data?.closedBy);
    this.#largest = Math.max(this.#largest, settings.batchSize);
    const limit = this.#disturbed ? this.#largest : settings.batchSize;
    if (records.length > limit)
      this.#report(event, 'batch-size', records, `${records.length} records, ${limit} allowed`);
    const bytes = Number(event.data?.bytes ?? 0);
    if (bytes > REQUEST_LIMIT_BYTES) this.#report(event, 'batch-bytes', records, `${bytes} bytes, 6 MB allowed`);
    this.#alone(event);
    if (FRESH.has(closedBy) && !this.#disturbed) this.#checkWindow(event, settings, closedBy);
  }

  #alone(event: TraceEvent): void {
    for (const lane of event.lanes ?? []) {
      const other = this.#inLane.get(lane);
      const isBusy = other !== undefined && event.at < (this.#endsMs.get(other) ?? Number.POSITIVE_INFINITY);
      if (isBusy && !isQueueLane(event)) {
        this.#report(
          event,
          'one-batch-in-flight-per-lane',
          event.records ?? [],
          `${lane} was busy with attempt ${other}`,
        );
      }
      this.#inLane.set(lane, event.attempt ?? '');
    }
  }

  runsUntil(attempt: string, untilMs: number): void {
    this.#endsMs.set(attempt, untilMs);
  }

  settled(event: TraceEvent): void {
    this.#endsMs.delete(event.attempt ?? '');
    for (const lane of event.lanes ?? []) {
      if (this.#inLane.get(lane) === event.attempt) this.#inLane.delete(lane);
    }
    this.freed(event);
  }

  /** A batch can also end without a last attempt: retention or its age took what was left of it. */
  freed(event: TraceEvent): void {
    this.#lastDoneMs.set(scopeOf(event), event.at);
  }

  /** A first attempt comes at most one window after its oldest record was read, or its lane was free again. */
  #checkWindow(event: TraceEvent, settings: MappingSettings, closedBy: string): void {
    const [first] = event.records ?? [];
    const readAtMs = first === undefined ? undefined : this.#records.fetchedAtMs(first);
    if (readAtMs === undefined || isShared(settings)) return;
    const sinceMs = Math.max(readAtMs, this.#lastDoneMs.get(scopeOf(event)) ?? Number.NEGATIVE_INFINITY);
    if (event.at - sinceMs <= settings.batchWindowMs) return;
    const waited = `waited ${event.at - sinceMs} ms, the window is ${settings.batchWindowMs} ms (${closedBy})`;
    this.#report(event, 'batch-window', event.records ?? [], waited);
  }
}

/** Pollers with several lanes under one window, or several batches at once, have no single moment to count from. */
function isShared(settings: MappingSettings): boolean {
  return settings.kind === 'msk' || settings.kind === 'self-managed-kafka' || settings.provisioned !== undefined;
}

function isQueueLane(event: TraceEvent): boolean {
  return roleOf(event.poller) === 'slot';
}

/** The lane of a shard, or the polling slot. */
function scopeOf(event: TraceEvent): string {
  return isQueueLane(event) ? (event.poller ?? '') : (event.lanes?.[0] ?? event.poller ?? '');
}
