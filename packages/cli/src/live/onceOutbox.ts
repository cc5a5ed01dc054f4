/**
 * The destinations of a run that is played: they take what they would take on AWS, and the result shows what they got.
 * Nothing is sent anywhere. A scenario may say that one fails for a while.
 */
import type { Clock, DeliveryResult, FailureDelivery, Outbox } from '@millrace/runtime';

export class OnceOutbox implements Outbox {
  readonly #clock: Clock;
  readonly #listeners = new Set<(result: DeliveryResult) => void>();
  readonly #failing = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async accept({ id, destination: { arn } }: FailureDelivery): Promise<boolean> {
    const delivered = this.#takes(arn);
    queueMicrotask(() => {
      for (const heard of this.#listeners) heard({ id, delivered });
    });
    return true;
  }

  onResult(heard: (result: DeliveryResult) => void): () => void {
    this.#listeners.add(heard);
    return () => this.#listeners.delete(heard);
  }

  /** Without a destination, all of them. */
  fail(destination: string | undefined, untilMs: number): void {
    this.#failing.set(destination ?? '*', untilMs);
  }

  /** FIFO queues and topics never do. */
  #takes(arn: string): boolean {
    if (arn.endsWith('.fifo')) return false;
    const name = arn.slice(arn.lastIndexOf(':') + 1);
    const untilMs = Math.max(...[arn, name, '*'].map((key) => this.#failing.get(key) ?? 0));
    return this.#clock.now() >= untilMs;
  }
}
