/** What a mapping has done so far, under AWS's metric names, and what its status view shows besides. Counters only grow. */
import type { Millis, Outcome } from '@millrace/semantics';

export interface MappingCounts {
  PolledEventCount: number;
  InvokedEventCount: number;
  FilteredOutEventCount: number;
  FailedInvokeEventCount: number;
  DeletedEventCount: number;
  DroppedEventCount: number;
  OnFailureDestinationDeliveredEventCount: number;
  DestinationDeliveryFailures: number;
  Invocations: number;
  Errors: number;
  Throttles: number;
}

export class Meter {
  readonly counts: MappingCounts = {
    PolledEventCount: 0,
    InvokedEventCount: 0,
    FilteredOutEventCount: 0,
    FailedInvokeEventCount: 0,
    DeletedEventCount: 0,
    DroppedEventCount: 0,
    OnFailureDestinationDeliveredEventCount: 0,
    DestinationDeliveryFailures: 0,
    Invocations: 0,
    Errors: 0,
    Throttles: 0,
  };
  /** Invocations that are running now, and the most there were. */
  running = 0;
  mostRunning = 0;
  /** Age of the newest record of the latest batch when it was invoked; shards and partitions only. */
  iteratorAgeMs: Millis | undefined;
  lastError: { readonly atMs: Millis; readonly text: string } | undefined;

  started(): void {
    this.running += 1;
    this.mostRunning = Math.max(this.mostRunning, this.running);
  }

  ended(): void {
    this.running -= 1;
  }

  settled(outcome: Outcome, size: number, atMs: Millis): void {
    const { counts } = this;
    switch (outcome.kind) {
      case 'throttled':
        counts.Throttles += 1;
        counts.FailedInvokeEventCount += size;
        break;
      case 'unreachable':
        counts.FailedInvokeEventCount += size;
        this.failed(`unreachable: ${outcome.reason}`, atMs);
        break;
      case 'lost':
        break;
      case 'success':
        this.#ran(size);
        break;
      case 'partial':
        this.#ran(size);
        counts.FailedInvokeEventCount += outcome.failed.length;
        break;
      default:
        this.#ran(size);
        if (outcome.kind !== 'invalid-response') counts.Errors += 1;
        counts.FailedInvokeEventCount += size;
        this.failed(errorText(outcome), atMs);
    }
  }

  #ran(size: number): void {
    this.counts.Invocations += 1;
    this.counts.InvokedEventCount += size;
  }

  failed(text: string, atMs: Millis): void {
    this.lastError = { atMs, text };
  }
}

function errorText(outcome: Outcome & { kind: 'error' | 'timeout' | 'invalid-response' }): string {
  if (outcome.kind === 'timeout') return 'the function timed out';
  if (outcome.kind === 'invalid-response') return `the answer could not be used: ${outcome.reason}`;
  return outcome.errorMessage === undefined ? outcome.errorType : `${outcome.errorType}: ${outcome.errorMessage}`;
}
