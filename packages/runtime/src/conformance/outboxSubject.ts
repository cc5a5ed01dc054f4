/** What the outbox suite needs of an adapter, and what its cases share. */
import assert from 'node:assert/strict';
import { newId, systemClock } from '../clock.ts';
import type { OutboxRules } from '../drive/deliveryRules.ts';
import type { Deliver, DeliveryResult, FailureDelivery, FailureMessage, ServedOutbox } from '../ports/outbox.ts';

/** Outboxes over a store that is this subject's alone. The case closes what it opens. */
export interface OutboxSubject {
  open(rules: Partial<OutboxRules>): ServedOutbox;
}

export interface OutboxCase {
  readonly name: string;
  run(subject: OutboxSubject): Promise<void>;
}

export const QUICK = { attempts: 4, firstPauseMs: 30, longestPauseMs: 60 } as const;
const PATIENCE_MS = 20_000;

export function deliveryOf(changes: Partial<FailureDelivery> = {}): FailureDelivery {
  const message: FailureMessage = { kind: 'document', body: '{"version":"1.0"}' };
  const destination = { kind: 'sqs', arn: 'arn:aws:sqs:eu-west-1:123456789012:failures' } as const;
  return { id: newId(), mapping: 'f4e8a3c0', destination, message, records: 3, ...changes };
}

/** Asks until it holds. */
export async function until(holds: () => boolean, what: string): Promise<void> {
  const giveUpMs = systemClock.now() + PATIENCE_MS;
  while (!holds()) {
    assert.ok(systemClock.now() < giveUpMs, `${what}: not within ${PATIENCE_MS / 1000} s`);
    await pause(5);
  }
}

export const pause = (ms: number): Promise<void> => systemClock.until(systemClock.now() + ms);

/** A destination that keeps what it gets, or does what it is told to do for a delivery. */
export class FakeDestination {
  readonly got: FailureDelivery[] = [];
  running = 0;
  mostAtOnce = 0;
  readonly #behave: (delivery: FailureDelivery, attempt: number) => Promise<void>;

  constructor(behave: (delivery: FailureDelivery, attempt: number) => Promise<void> = async () => undefined) {
    this.#behave = behave;
  }

  /** Attempts for this delivery. */
  attempts({ id }: FailureDelivery): number {
    return this.got.filter((delivery) => delivery.id === id).length;
  }

  readonly deliver: Deliver = async (delivery) => {
    this.got.push(delivery);
    this.running += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.running);
    try {
      await this.#behave(delivery, this.attempts(delivery));
    } finally {
      this.running -= 1;
    }
  };
}

/** An outbox and what it has told. */
export class Story {
  readonly outbox: ServedOutbox;
  readonly told: DeliveryResult[] = [];
  readonly #ends: (() => Promise<void>)[] = [];

  constructor(outbox: ServedOutbox) {
    this.outbox = outbox;
    outbox.onResult((result) => this.told.push(result));
  }

  async serve(destination: FakeDestination, concurrency = 4): Promise<() => Promise<void>> {
    const worker = this.outbox.serve(destination.deliver, { concurrency });
    const end = () => worker.close(5000);
    this.#ends.push(end);
    await worker.ready();
    return end;
  }

  async accept(...deliveries: readonly FailureDelivery[]): Promise<void> {
    const answers = await Promise.all(deliveries.map((delivery) => this.outbox.accept(delivery)));
    assert.deepEqual(new Set(answers), new Set([true]), 'not every delivery was accepted');
  }

  hears(count: number): Promise<void> {
    return until(() => this.told.length >= count, `${count} results`);
  }

  async close(): Promise<void> {
    for (const end of this.#ends) await end();
    await this.outbox.close();
  }
}

/** Runs a case with outboxes that are closed after it. */
export async function stories(
  subject: OutboxSubject,
  rules: readonly Partial<OutboxRules>[],
  tell: (...stories: Story[]) => Promise<void>,
): Promise<void> {
  const open = rules.map((each) => new Story(subject.open({ ...QUICK, ...each })));
  try {
    await tell(...open);
  } finally {
    for (const story of open) await story.close();
  }
}
