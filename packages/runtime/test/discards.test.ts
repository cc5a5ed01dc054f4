/** What is told of batches that were given up: once each, whenever the outbox says what became of them. */
import { type DeliveryResult, type FailureDelivery, type Outbox, systemClock } from '@millrace/runtime';
import type { DiscardOrder, TraceLine } from '@millrace/semantics';
import { expect, test } from 'vitest';
import { Discards } from '../src/drive/discards.ts';
import { Meter } from '../src/drive/meter.ts';
import { Tracer } from '../src/drive/trace.ts';
import { HandPlace, HandSource } from './support/handSource.ts';
import { KINESIS, UUID } from './support/ordered.ts';

/** An outbox that answers what the test says, when it says so. */
class HandOutbox implements Outbox {
  readonly taken: FailureDelivery[] = [];
  readonly listeners = new Set<(result: DeliveryResult) => void>();
  answer: (delivery: FailureDelivery) => Promise<boolean> = async () => true;

  accept(delivery: FailureDelivery): Promise<boolean> {
    this.taken.push(delivery);
    return this.answer(delivery);
  }

  onResult(heard: (result: DeliveryResult) => void): () => void {
    this.listeners.add(heard);
    return () => this.listeners.delete(heard);
  }

  tell(result: DeliveryResult): void {
    for (const heard of this.listeners) heard(result);
  }
}

const EVENTS = {
  tell: () => {},
  waits: () => {},
  troubled: () => {},
  recovered: () => {},
  regrouped: () => {},
  missed: () => {},
  deadLettered: () => {},
};

const ORDER: DiscardOrder = {
  do: 'discard',
  id: 1,
  rule: 'retry.exhausted-batch-is-discarded',
  batch: 1,
  lanes: ['0'],
  positions: [1, 2],
  condition: 'RetryAttemptsExhausted',
  approximateInvokeCount: 1,
  expired: false,
};

function handDiscards() {
  const outbox = new HandOutbox();
  const tracer = new Tracer();
  const lines: TraceLine[] = [];
  tracer.listen((line) => lines.push(line));
  const meter = new Meter();
  const settings = { ...KINESIS, onFailureDestination: { kind: 'sqs', arn: 'arn:aws:sqs:us-east-1:1:dead' } } as const;
  const clock = systemClock;
  const discards = new Discards({ mapping: 'm', uuid: UUID, clock, tracer, meter, outbox, settings: () => settings });
  const progress = { checkpoints: new Map(), starts: new Map(), ended: false };
  const { signal } = new AbortController();
  const opening = { from: 'start', events: EVENTS, progress, factor: 1, signal } as const;
  const source = new HandPlace(new HandSource(), 's0', opening);
  const discard = (order = ORDER) => discards.discard(order, { name: 's0', scope: 's0', source, last: new Map() });
  const fates = () => lines.filter(({ what }) => what === 'discarded').map(({ data }) => data?.delivered);
  return { outbox, meter, discards, discard, fates };
}

test('what is delivered is told and counted once, also when that is known before the outbox has answered', async () => {
  const { outbox, meter, discard, fates } = handDiscards();
  outbox.answer = async ({ id }) => {
    outbox.tell({ id, delivered: true });
    return true;
  };
  expect(await discard()).toBe(true);
  for (const { id } of outbox.taken) outbox.tell({ id, delivered: true });
  expect(fates()).toEqual([true]);
  expect(meter.counts).toMatchObject({ OnFailureDestinationDeliveredEventCount: 2, DroppedEventCount: 0 });
});

test('a delivery that is given up is counted as dropped, and its reason is the last error', async () => {
  const { outbox, meter, discard, fates } = handDiscards();
  await discard();
  expect(fates()).toEqual([]);
  for (const { id } of outbox.taken) outbox.tell({ id, delivered: false, problem: 'the queue is gone' });
  expect(fates()).toEqual([false]);
  expect(meter.counts).toMatchObject({ DroppedEventCount: 2, DestinationDeliveryFailures: 1 });
  expect(meter.lastError?.text).toBe('the queue is gone');
});

test('a discard that is ordered again has the same id, and is told although the outbox tells each delivery once', async () => {
  const { outbox, discard, fates } = handDiscards();
  outbox.answer = async () => false;
  expect(await discard()).toBe(false);
  outbox.answer = async () => true;
  expect(await discard({ ...ORDER, id: 2 })).toBe(true);
  const [first, second] = outbox.taken;
  expect(second?.id).toBe(first?.id);
  outbox.tell({ id: first?.id ?? '', delivered: true });
  expect(await discard({ ...ORDER, id: 3 })).toBe(true);
  expect(fates()).toEqual([true, true]);
});

test('a refusal that comes late does not take the fate from who has handed it in since', async () => {
  const { outbox, discard, fates } = handDiscards();
  let refuse = () => {};
  outbox.answer = () => new Promise((resolve) => (refuse = () => resolve(false)));
  const before = discard();
  outbox.answer = async () => true;
  expect(await discard({ ...ORDER, id: 2 })).toBe(true);
  refuse();
  expect(await before).toBe(false);
  for (const { id } of outbox.taken) outbox.tell({ id, delivered: true });
  expect(fates()).toEqual([true]);
});

test('nobody is told after the end, and other discards have other ids', async () => {
  const { outbox, discards, discard, fates } = handDiscards();
  await discard();
  await discard({ ...ORDER, positions: [1] });
  await discard({ ...ORDER, condition: 'RecordAgeExceeded' });
  expect(new Set(outbox.taken.map(({ id }) => id)).size).toBe(3);
  discards.close();
  for (const { id } of outbox.taken) outbox.tell({ id, delivered: true });
  expect([fates(), outbox.listeners.size]).toEqual([[], 0]);
});
