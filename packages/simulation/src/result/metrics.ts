/** Metrics under AWS's names, from the trace. One meter for each mapping and one for the run. */
import type { TraceEvent } from '../trace/event.ts';
import { roleOf } from '../trace/pollers.ts';
import type { MetricsResult } from './result.ts';

const NOT_RUN = new Set(['throttled', 'unreachable', 'lost']);
const INVOKED = new Set(['success', 'partial', 'lost']);

export class Meter {
  readonly #counts: Record<string, number> = {
    PolledEventCount: 0,
    InvokedEventCount: 0,
    FilteredOutEventCount: 0,
    FailedInvokeEventCount: 0,
    DeletedEventCount: 0,
    DroppedEventCount: 0,
    OnFailureDestinationDeliveredEventCount: 0,
    IteratorAgeMaxMs: 0,
    ConcurrentExecutionsMax: 0,
    Throttles: 0,
    Invocations: 0,
    Errors: 0,
    DestinationDeliveryFailures: 0,
  };
  #running = 0;
  readonly #provisioned = new Set<string>();

  observe(event: TraceEvent): void {
    switch (event.what) {
      case 'fetched':
        if (event.data?.heldBack !== true) this.#add('PolledEventCount', sizeOf(event));
        break;
      case 'filtered':
        this.#add('FilteredOutEventCount', sizeOf(event));
        break;
      case 'invoke':
        this.#max('IteratorAgeMaxMs', numberOf(event, 'ageMs'));
        break;
      case 'started-function':
        this.#running += 1;
        this.#max('ConcurrentExecutionsMax', this.#running);
        break;
      case 'settled':
        this.#settled(event);
        break;
      case 'acknowledged':
        this.#add('DeletedEventCount', sizeOf(event));
        break;
      case 'discarded':
        this.#discarded(event);
        break;
      case 'checkpoint':
        this.#committed(event);
        break;
      case 'opened':
        this.#opened(event);
        break;
      default:
        break;
    }
  }

  #settled(event: TraceEvent): void {
    const outcome = String(event.data?.outcome);
    if (outcome === 'throttled') this.#add('Throttles', 1);
    if (outcome !== 'throttled' && outcome !== 'unreachable') this.#running -= 1;
    if (!NOT_RUN.has(outcome)) {
      this.#add('Invocations', 1);
      this.#add('InvokedEventCount', sizeOf(event));
    }
    if (outcome === 'error' || outcome === 'timeout') this.#add('Errors', 1);
    if (!INVOKED.has(outcome) && roleOf(event.poller) === 'member') this.#add('InvokeErrorCount', 1);
    if (outcome === 'partial') this.#add('FailedInvokeEventCount', failedOf(event));
    else if (outcome !== 'success' && outcome !== 'lost') this.#add('FailedInvokeEventCount', sizeOf(event));
  }

  /** Records that retention took are nobody's fault: they are not counted as dropped. */
  #discarded(event: TraceEvent): void {
    if (event.data?.delivered === true) {
      this.#add('OnFailureDestinationDeliveredEventCount', sizeOf(event));
      return;
    }
    if (event.data?.destination !== null) {
      this.#add('DestinationDeliveryFailures', 1);
      if (roleOf(event.poller) === 'member') this.#add('OnFailureDestinationDeliveryErrorCount', 1);
    }
    if (event.data?.expired !== true) this.#add('DroppedEventCount', sizeOf(event));
  }

  /** Kafka only: offsets that moved, commits that were refused, and the lag where the mapping measures it. */
  #committed(event: TraceEvent): void {
    this.#add('CommittedEventCount', numberOf(event, 'committed'));
    if (event.data?.refused === true) this.#add('CommitErrorCount', 1);
    this.#max('MaxOffsetLag', numberOf(event, 'maxOffsetLag'));
    this.#max('SumOffsetLag', numberOf(event, 'sumOffsetLag'));
  }

  #opened(event: TraceEvent): void {
    if (event.data?.provisioned !== true) return;
    this.#provisioned.add(`${event.mapping} ${event.poller}`);
    this.#max('ProvisionedPollers', this.#provisioned.size);
  }

  #add(name: string, amount: number): void {
    if (amount !== 0 || name in this.#counts) this.#counts[name] = (this.#counts[name] ?? 0) + amount;
  }

  #max(name: string, value: number): void {
    if (value > (this.#counts[name] ?? 0)) this.#counts[name] = value;
  }

  result(): MetricsResult {
    return { ...this.#counts } as unknown as MetricsResult;
  }
}

function sizeOf(event: TraceEvent): number {
  return event.records?.length ?? 0;
}

function numberOf(event: TraceEvent, field: string): number {
  const value = event.data?.[field];
  return typeof value === 'number' ? value : 0;
}

function failedOf(event: TraceEvent): number {
  const failed = event.data?.failed;
  return Array.isArray(failed) ? failed.length : 0;
}
