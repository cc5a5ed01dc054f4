/** The invariants of one mapping. */
import type { MappingSettings } from '@millrace/semantics';
import { isQueue, type SourcePlan } from '../scenario/plan.ts';
import type { TraceEvent } from '../trace/event.ts';
import { BatchChecker } from './batches.ts';
import { CheckpointChecker } from './checkpoints.ts';
import { CLOSED, OpenRecords, RAN } from './openRecords.ts';
import { OrderChecker } from './order.ts';
import type { Report } from './report.ts';
import { RetryChecker } from './retries.ts';

const NOT_RUN = new Set(['throttled', 'unreachable', 'lost']);

export class MappingChecks {
  readonly #source: SourcePlan;
  readonly #report: Report;
  readonly #records = new OpenRecords();
  readonly #batches: BatchChecker;
  readonly #order: OrderChecker | undefined;
  readonly #checkpoints: CheckpointChecker | undefined;
  readonly #retries: RetryChecker | undefined;
  /** A crash or a rebalance may deliver finished records again. */
  #replays = false;

  constructor(source: SourcePlan, report: Report, tolerant: boolean) {
    this.#source = source;
    this.#report = report;
    this.#batches = new BatchChecker(this.#records, report);
    if (tolerant) this.#batches.disturb();
    if (source.type !== 'sqs') this.#order = new OrderChecker(this.#records, report);
    if (isQueue(source)) return;
    this.#checkpoints = new CheckpointChecker(this.#records, report);
    this.#retries = new RetryChecker(report);
  }

  arrived(event: TraceEvent): void {
    const keys = event.data?.keys as readonly string[] | undefined;
    const places = event.data?.places as readonly string[] | undefined;
    const records = event.records ?? [];
    for (let index = 0; index < records.length; index += 1) {
      this.#records.arrive(records[index] as number, keys?.[index] ?? '', places?.[index] ?? '');
    }
  }

  observe(event: TraceEvent, settings: MappingSettings | undefined): void {
    switch (event.what) {
      case 'fetched':
        this.#records.fetched(event.records ?? [], event.at);
        this.#checkpoints?.fetched(event);
        break;
      case 'invoke':
        if (settings) this.#invoked(event, settings);
        break;
      case 'started-function':
        this.#started(event);
        break;
      case 'settled':
        if (settings) this.#settled(event, settings);
        break;
      case 'discarded':
        this.#batches.freed(event);
        break;
      case 'checkpoint':
        this.#checkpoints?.moved(event);
        break;
      case 'event':
      case 'opened':
      case 'closed':
      case 'state':
        this.#disturbed(event);
        break;
      default:
        break;
    }
    if (event.data?.fate !== undefined) this.closed(event);
  }

  #invoked(event: TraceEvent, settings: MappingSettings): void {
    if (!this.#replays && !isQueue(this.#source)) this.#checkFinished(event);
    this.#order?.invoked(event);
    this.#batches.invoked(event, settings);
  }

  #started({ at, attempt, data }: TraceEvent): void {
    // A live run does not know when an attempt will end.
    if (attempt === undefined || typeof data?.durationMs !== 'number') return;
    const endMs = at + data.durationMs;
    this.#order?.runsUntil(attempt, endMs);
    this.#batches.runsUntil(attempt, endMs);
  }

  #checkFinished(event: TraceEvent): void {
    const records = event.records ?? [];
    if (!records.some((record) => this.#records.isClosed(record))) return;
    const again = records.filter((record) => this.#records.isClosed(record));
    this.#report(event, 'finished-records-stay-finished', again, 'invoked again after it was finished');
  }

  #settled(event: TraceEvent, settings: MappingSettings): void {
    if (!NOT_RUN.has(String(event.data?.outcome))) this.#records.ran(event.records ?? []);
    this.#order?.settled(event);
    this.#batches.settled(event);
    this.#retries?.settled(event, settings);
  }

  #disturbed(event: TraceEvent): void {
    if (event.what === 'event' || event.what === 'closed') this.#batches.disturb();
    this.#retries?.reset();
    if (event.data?.do === 'crash-poller' || event.data?.do === 'rebalance' || event.what === 'closed')
      this.#replays = true;
  }

  /** Records that are finished with, one way or the other. */
  closed(event: TraceEvent): void {
    const succeeded = event.data?.fate === 'succeeded';
    for (const record of event.records ?? []) {
      this.#order?.closing(record);
      const before = this.#records.close(record);
      if (succeeded && (before & (RAN | CLOSED)) === 0) {
        this.#report(event, 'delivered-at-least-once', [record], 'succeeded without having been delivered');
      }
    }
  }

  /** Nothing can happen any more and the mapping runs: every record must have found its end. */
  finish(mapping: number, at: number): void {
    const lost: number[] = [];
    for (const record of this.#records.open()) lost.push(record);
    if (lost.length === 0) return;
    const event: TraceEvent = { at, what: 'finished', mapping };
    this.#report(event, 'nothing-is-lost', lost.slice(0, 100), `${lost.length} records have no fate`);
  }
}
