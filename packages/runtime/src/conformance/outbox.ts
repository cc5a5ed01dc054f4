/** What every outbox must do. Each case is a promise that rejects when it does not hold. */
import assert from 'node:assert/strict';
import { systemClock } from '../clock.ts';
import type { OutboxRules } from '../drive/deliveryRules.ts';
import { DeliveryRefused, type FailureDelivery, type FailureMessage } from '../ports/outbox.ts';
import {
  deliveryOf,
  FakeDestination,
  type OutboxCase,
  pause,
  QUICK,
  type Story,
  stories,
  until,
} from './outboxSubject.ts';

const down = () => new FakeDestination(async () => Promise.reject(new Error('It is away.\n    at secret.ts')));

function one(name: string, tell: (story: Story) => Promise<void>, rules: Partial<OutboxRules> = {}): OutboxCase {
  const run: OutboxCase['run'] = (subject) => stories(subject, [rules], (story) => tell(story as Story));
  return { name, run };
}

async function deliversWhole(story: Story): Promise<void> {
  const messages: FailureMessage[] = [
    { kind: 'document', body: '{"a":"ä\\u0000\\"  "}' },
    { kind: 'object', key: 'aws/lambda/u/shardId-0/2025/11/25/x', body: JSON.stringify('y'.repeat(6_000_000)) },
    {
      kind: 'messages',
      messages: [
        { key: 'a2V5', value: '{}' },
        { key: null, value: '{"b":1}' },
      ],
    },
  ];
  const deliveries = messages.map((message) => deliveryOf({ message }));
  const destination = new FakeDestination();
  await story.serve(destination);
  await story.accept(...deliveries);
  await story.hears(3);
  const byId = (one: { id: string }, other: { id: string }) => (one.id < other.id ? -1 : 1);
  assert.deepEqual([...destination.got].sort(byId), [...deliveries].sort(byId));
  assert.deepEqual(
    [...story.told].sort(byId),
    [...deliveries].sort(byId).map(({ id }) => ({ id, delivered: true })),
  );
}

async function deliversOnce(story: Story): Promise<void> {
  const destination = new FakeDestination(() => pause(20));
  const delivery = deliveryOf();
  await story.accept(delivery, delivery);
  await story.serve(destination);
  await story.accept(delivery);
  await story.hears(1);
  await story.accept(delivery);
  await pause(200);
  assert.equal(destination.got.length, 1);
  assert.equal(story.told.length, 1);
}

async function triesAgain(story: Story): Promise<void> {
  const times: number[] = [];
  const destination = new FakeDestination(async (_delivery, attempt) => {
    times.push(systemClock.now());
    if (attempt < 4) throw new Error('It is away.');
  });
  await story.serve(destination);
  await story.accept(deliveryOf());
  await story.hears(1);
  assert.equal(story.told[0]?.delivered, true);
  assert.equal(times.length, 4);
  const pausesMs = times.slice(1).map((at, index) => at - (times[index] ?? 0));
  for (const [index, pauseMs] of pausesMs.entries()) {
    const leastMs = Math.min(QUICK.longestPauseMs, QUICK.firstPauseMs * 2 ** index);
    assert.ok(pauseMs >= leastMs - 2, `pause ${index} was ${pauseMs} ms`);
  }
}

async function givesUp(story: Story): Promise<void> {
  const destination = down();
  const delivery = deliveryOf();
  await story.serve(destination);
  await story.accept(delivery);
  await story.hears(1);
  assert.deepEqual(story.told, [{ id: delivery.id, delivered: false, problem: 'It is away.' }]);
  await story.accept(delivery);
  await pause(200);
  assert.equal(destination.got.length, QUICK.attempts);
  assert.equal(story.told.length, 1);
}

async function hearsRefusals(story: Story): Promise<void> {
  const destination = new FakeDestination(async () => Promise.reject(new DeliveryRefused('It takes no such thing.')));
  const delivery = deliveryOf();
  await story.serve(destination);
  await story.accept(delivery);
  await story.hears(1);
  assert.deepEqual(story.told, [{ id: delivery.id, delivered: false, problem: 'It takes no such thing.' }]);
  assert.equal(destination.got.length, 1);
}

async function holdsNobodyUp(story: Story): Promise<void> {
  const ill = deliveryOf({ mapping: 'ill' });
  const destination = new FakeDestination(async ({ mapping }) => {
    if (mapping === 'ill') throw new Error('It is away.');
  });
  await story.serve(destination, 1);
  await story.accept(ill);
  await until(() => destination.attempts(ill) === 1, 'a first attempt');
  const well = Array.from({ length: 20 }, () => deliveryOf());
  await story.accept(...well);
  await story.hears(20);
  assert.ok(story.told.every(({ delivered }) => delivered));
  assert.ok(destination.attempts(ill) < QUICK.attempts);
}

async function boundsWorkers(story: Story): Promise<void> {
  const destination = new FakeDestination(() => pause(20));
  await story.serve(destination, 3);
  await story.accept(...Array.from({ length: 30 }, () => deliveryOf()));
  await story.hears(30);
  assert.equal(destination.mostAtOnce, 3);
}

async function waitsForWorkers(story: Story): Promise<void> {
  const deliveries = Array.from({ length: 5 }, () => deliveryOf());
  await story.accept(...deliveries);
  await pause(50);
  assert.deepEqual(story.told, []);
  const destination = new FakeDestination();
  await story.serve(destination);
  await story.hears(5);
  assert.equal(destination.got.length, 5);
}

/** So many are accepted of those handed in one after the other, and again when what is under way is done. */
async function refusesBeyond(story: Story, expected: number, make: () => FailureDelivery): Promise<void> {
  const destination = new FakeDestination();
  const answers: boolean[] = [];
  const first = make();
  answers.push(await story.outbox.accept(first));
  for (let at = 0; at < expected + 1; at += 1) answers.push(await story.outbox.accept(make()));
  assert.deepEqual(answers.filter(Boolean).length, expected);
  assert.equal(await story.outbox.accept(first), true, 'what is under way is known');
  await story.serve(destination);
  await story.hears(expected);
  await story.accept(make());
  await story.hears(expected + 1);
  assert.equal(destination.got.length, expected + 1);
}

async function endsWorkers(story: Story): Promise<void> {
  const first = new FakeDestination(() => pause(100));
  const end = await story.serve(first, 1);
  const deliveries = [deliveryOf(), deliveryOf()];
  await story.accept(...deliveries);
  await until(() => first.running === 1, 'a first attempt');
  await end();
  assert.equal(first.running, 0, 'it was not waited for');
  assert.equal(first.got.length, 1);
  const second = new FakeDestination();
  await story.serve(second, 1);
  await story.hears(2);
  assert.equal(second.got.length, 1);
}

async function bearsListeners(story: Story): Promise<void> {
  const heard: string[] = [];
  story.outbox.onResult(() => {
    throw new Error('a listener that throws');
  });
  const unsubscribe = story.outbox.onResult(({ id }) => heard.push(id));
  await story.serve(new FakeDestination());
  await story.accept(deliveryOf());
  await story.hears(1);
  await until(() => heard.length === 1, 'a second listener');
  unsubscribe();
  await story.accept(deliveryOf());
  await story.hears(2);
  assert.equal(heard.length, 1);
}

async function endsAttempts(story: Story): Promise<void> {
  const destination = new FakeDestination((_delivery, attempt) =>
    attempt === 1 ? new Promise(() => undefined) : Promise.resolve(),
  );
  await story.serve(destination, 1);
  await story.accept(deliveryOf());
  await story.hears(1);
  assert.equal(story.told[0]?.delivered, true);
  assert.equal(destination.got.length, 2);
}

async function saysWhatWasLate(story: Story): Promise<void> {
  await story.serve(new FakeDestination(() => new Promise(() => undefined)), 1);
  await story.accept(deliveryOf());
  await story.hears(1);
  assert.match(story.told[0]?.problem ?? '', /^The delivery was not over after 0\.1 s\.$/);
}

async function acceptsNothingMore(story: Story): Promise<void> {
  await story.outbox.close();
  assert.equal(await story.outbox.accept(deliveryOf()), false);
}

const bytesOf = (bytes: number) => () => deliveryOf({ message: { kind: 'document', body: 'z'.repeat(bytes) } });

export const outboxCases: readonly OutboxCase[] = [
  one('delivers each kind of message whole, and tells it', deliversWhole),
  one('delivers the same id once, and tells it once', deliversOnce),
  one('tries again after growing pauses', triesAgain),
  one('gives up after so many attempts, and says why in one line', givesUp),
  one('gives up at once what is refused', hearsRefusals),
  one('delivers others while one pauses', holdsNobodyUp, { firstPauseMs: 3000, longestPauseMs: 3000 }),
  one('delivers no more at once than it is told to', boundsWorkers),
  one('keeps what was accepted until somebody serves', waitsForWorkers),
  one('accepts no more than so many', (story) => refusesBeyond(story, 3, () => deliveryOf()), { deliveries: 3 }),
  one('accepts no more than so many bytes', (story) => refusesBeyond(story, 2, bytesOf(1000)), { bytes: 2500 }),
  one('accepts one that is larger than that alone', (story) => refusesBeyond(story, 1, bytesOf(3000)), { bytes: 2500 }),
  one('a worker that ends finishes what it has begun; others do the rest', endsWorkers),
  one('a listener that throws or leaves does no harm', bearsListeners),
  one('an attempt that does not end is tried again', endsAttempts, { attemptMs: 100 }),
  one('says that an attempt did not end', saysWhatWasLate, { attemptMs: 100, attempts: 1 }),
  one('accepts nothing once it is closed', acceptsNothingMore),
];

/** For adapters whose outboxes share a store: `open` twice opens two processes' outboxes on the same one. */
export const sharedOutboxCases: readonly OutboxCase[] = [
  {
    name: 'each process is told of what it has handed in, whoever delivered it',
    run: (subject) =>
      stories(subject, [{}, {}, {}], async (...processes) => {
        const [first, second, worker] = processes as [Story, Story, Story];
        await worker.serve(
          new FakeDestination(async ({ mapping }) => {
            if (mapping === 'ill') throw new Error('It is away.');
          }),
        );
        const [one, other, ill] = [deliveryOf(), deliveryOf(), deliveryOf({ mapping: 'ill' })];
        await first.accept(one);
        await second.accept(other, ill);
        await first.hears(1);
        await second.hears(2);
        assert.deepEqual(first.told, [{ id: one.id, delivered: true }]);
        assert.deepEqual(second.told, [
          { id: other.id, delivered: true },
          { id: ill.id, delivered: false, problem: 'It is away.' },
        ]);
        assert.deepEqual(worker.told, []);
      }),
  },
  {
    name: 'what two processes hand in is delivered once, and both are told, the late one too',
    run: (subject) =>
      stories(subject, [{}, {}], async (...processes) => {
        const [first, second] = processes as [Story, Story];
        const destination = new FakeDestination(() => pause(30));
        const [early, late] = [deliveryOf(), deliveryOf()];
        await Promise.all([first.accept(early, late), second.accept(early)]);
        await first.serve(destination);
        await second.serve(destination);
        await first.hears(2);
        await second.hears(1);
        await second.accept(late);
        await second.hears(2);
        assert.equal(destination.got.length, 2);
        assert.deepEqual(second.told[1], { id: late.id, delivered: true });
      }),
  },
];
