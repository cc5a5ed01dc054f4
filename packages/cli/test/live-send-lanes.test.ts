/** What becomes of batches that fail: tried again, counted, given up. The target answers what the test says. */
import { expect, test } from 'vitest';
import { HandClock, settle } from '../../poller-sqs/test/support/handClock.ts';
import { SendLanes } from '../src/live/sendLanes.ts';
import { readTargetName } from '../src/live/sendName.ts';
import { ratePace, readRate } from '../src/live/sendPace.ts';
import { queueTraits } from '../src/live/sendQueue.ts';
import { type BatchLimit, type Parcel, SendFailed, type SendTarget, type Sent } from '../src/live/sendTarget.ts';

interface Named extends Parcel {
  readonly name: string;
}

interface Call {
  readonly names: readonly string[];
  answer(sent: readonly Sent[]): Promise<void>;
  sent(): Promise<void>;
  fail(how: { perhapsSent: boolean; passes: boolean }): Promise<void>;
}

interface Story {
  readonly ordered?: boolean;
  readonly knowsRepetitions?: boolean;
  readonly batch?: BatchLimit;
}

function story({ ordered = false, knowsRepetitions = false, batch = { records: 10, bytes: 1000 } }: Story = {}) {
  const clock = new HandClock();
  const calls: Call[] = [];
  const target: SendTarget<Named> = {
    kind: 'sqs',
    name: 'q',
    place: 'here',
    batch,
    knowsRepetitions,
    parcel: () => ({ name: '', lane: undefined, bytes: 1 }),
    send: (parcels) =>
      new Promise((resolve, reject) => {
        const answer = (sent: readonly Sent[]) => {
          resolve(sent);
          return settle();
        };
        calls.push({
          names: parcels.map(({ name }) => name),
          answer,
          sent: () => answer(parcels.map(() => ({ kind: 'sent' }))),
          fail: (how) => {
            reject(new SendFailed('no luck', { ...how, cause: undefined }));
            return settle();
          },
        });
      }),
    close: () => {},
  };
  const lanes = new SendLanes(target, clock);
  let number = 0;
  const addSized = (bytes: number, ...keys: string[]) => {
    for (const key of keys) {
      number += 1;
      lanes.add({ parcel: { name: `m${number}`, lane: ordered ? key : undefined, bytes }, number, id: undefined });
    }
  };
  const add = (...keys: string[]) => addSized(1, ...keys);
  const sentSoFar = () => calls.map(({ names }) => names.join());
  return { clock, calls, lanes, add, addSized, sentSoFar };
}

const FIFO = { ordered: true, knowsRepetitions: true };
const LOST = { perhapsSent: true, passes: true };
const NEVER_SENT = { perhapsSent: false, passes: true };

test('ten messages go at once, fewer when nothing more is to come', async () => {
  const { calls, lanes, add } = story();
  add(...Array<string>(25).fill('g'));
  expect(calls.map(({ names }) => names.length)).toEqual([10, 10]);
  lanes.flush();
  expect(calls.map(({ names }) => names.length)).toEqual([10, 10, 5]);
});

test('large bodies make smaller batches; one that is too large by itself goes alone', () => {
  const { calls, lanes, addSized } = story();
  addSized(450, 'a', 'b', 'c', 'd');
  addSized(2000, 'e');
  lanes.flush();
  expect(calls.map(({ names }) => names.length)).toEqual([2, 2, 1]);
});

test('a queue counts bytes of bodies and attributes, and takes 256 KB at once', () => {
  const { batch, parcel } = queueTraits({ fifo: false, contentBasedDeduplication: false });
  const attributes = { kind: { dataType: 'String', stringValue: 'ä' } };
  expect(parcel({ body: 'ü'.repeat(60_000), attributes }, { number: 1, round: 1 }).bytes).toBe(120_012);
  expect(batch).toEqual({ records: 10, bytes: 262_144 });
});

test('of one group, a batch waits for the one before; other groups do not', async () => {
  const { calls, lanes, add } = story(FIFO);
  add('a', 'a');
  lanes.flush();
  add('a', 'b');
  lanes.flush();
  expect(calls.map(({ names }) => names.join())).toEqual(['m1,m2', 'm4']);
  await calls[0]?.sent();
  expect(calls.map(({ names }) => names.join())).toEqual(['m1,m2', 'm4', 'm3']);
});

test('a lost answer: sent again, and on a standard queue counted as perhaps there twice', async () => {
  const { clock, calls, lanes, add } = story();
  add('g', 'g');
  lanes.flush();
  await calls[0]?.fail(LOST);
  await clock.forward(100);
  expect(calls[1]?.names).toEqual(['m1', 'm2']);
  await calls[1]?.fail(NEVER_SENT);
  await clock.forward(200);
  await calls[2]?.sent();
  expect(lanes.counts).toEqual({ sent: 2, deduplicated: 0, perhapsTwice: 2, unknown: 0 });
});

test('what was never sent is sent again without a word', async () => {
  const { clock, calls, lanes, add } = story();
  add('g');
  lanes.flush();
  await calls[0]?.fail(NEVER_SENT);
  await clock.forward(100);
  await calls[1]?.sent();
  expect(lanes.counts).toEqual({ sent: 1, deduplicated: 0, perhapsTwice: 0, unknown: 0 });
});

test('a FIFO queue knows a message that it has already: a lost answer is no duplicate', async () => {
  const { clock, calls, lanes, add } = story(FIFO);
  add('g', 'g');
  lanes.flush();
  await calls[0]?.fail(LOST);
  await clock.forward(100);
  await calls[1]?.answer([{ kind: 'deduplicated' }, { kind: 'sent' }]);
  expect(lanes.counts).toEqual({ sent: 2, deduplicated: 0, perhapsTwice: 0, unknown: 0 });
});

test('of a batch, only what was not taken is sent again', async () => {
  const { clock, calls, lanes, add } = story();
  add('g', 'g', 'g');
  lanes.flush();
  await calls[0]?.answer([{ kind: 'sent' }, { kind: 'again', because: 'InternalError' }, { kind: 'sent' }]);
  await clock.forward(100);
  expect(calls[1]?.names).toEqual(['m2']);
  await calls[1]?.sent();
  expect(lanes.counts).toEqual({ sent: 3, deduplicated: 0, perhapsTwice: 0, unknown: 0 });
});

test('where a batch may hold a lane once, the second of a key waits for the first, and nobody else does', async () => {
  const { calls, lanes, add, sentSoFar, clock } = story({
    ordered: true,
    batch: { records: 10, bytes: 1000, oncePerLane: true },
  });
  // Both keys go the same road: the sums of their letters are equal.
  add('Aa', 'Aa', 'BB', 'Aa', 'BB');
  lanes.flush();
  expect(sentSoFar()).toEqual(['m1,m3']);
  await calls[0]?.answer([{ kind: 'again', because: 'full' }, { kind: 'sent' }]);
  await clock.forward(100);
  expect(sentSoFar()).toEqual(['m1,m3', 'm1']);
  await calls[1]?.sent();
  expect(sentSoFar()).toEqual(['m1,m3', 'm1', 'm2,m5']);
  await calls[2]?.sent();
  await calls[3]?.sent();
  expect(sentSoFar().at(-1)).toBe('m4');
  expect(lanes.counts.sent).toBe(5);
  await lanes.idle();
});

test('what waits on many roads, and fills none of them, is sent before there is too much of it', async () => {
  const { lanes, add, calls } = story({ ordered: true, batch: { records: 500, bytes: 1e9 } });
  for (let at = 0; at < 3999; at += 1) add(`key${at}`);
  expect(calls).toHaveLength(0);
  add('one more');
  expect(lanes.isFull).toBe(false);
  expect(calls.length).toBeGreaterThan(20);
});

test('what waits is limited by its bytes, too', () => {
  const { lanes, addSized, calls } = story({ ordered: true, batch: { records: 500, bytes: 1e6 } });
  addSized(1e6, ...Array<string>(100).fill('k'));
  expect(calls.length).toBe(1);
  expect(lanes.isFull).toBe(true);
});

test('a target that takes some of a batch each time is slow, and not given up', async () => {
  const { clock, calls, lanes, add } = story();
  add('a', 'b', 'c', 'd');
  lanes.flush();
  for (const [at, left] of [3, 2, 1].entries()) {
    await clock.forward(29_000);
    const again = Array.from({ length: left }, () => ({ kind: 'again', because: 'full' }) as const);
    await calls[at]?.answer([{ kind: 'sent' }, ...again]);
    await clock.forward(2000);
  }
  await calls[3]?.sent();
  expect(lanes.failure).toBeUndefined();
  expect(lanes.counts).toEqual({ sent: 4, deduplicated: 0, perhapsTwice: 0, unknown: 0 });
});

test('a target that answers, and takes nothing for 30 s, ends it with what it says', async () => {
  const { clock, calls, lanes, add } = story();
  add('a');
  lanes.flush();
  let answered = 0;
  for (let step = 0; step < 400 && lanes.failure === undefined; step += 1) {
    for (; answered < calls.length; answered += 1) await calls[answered]?.answer([{ kind: 'again', because: 'full.' }]);
    await clock.forward(100);
  }
  expect(lanes.failure).toBe('it took nothing more for 30 s: full');
  await lanes.idle();
});

test('one record of a batch whose answer was lost is counted, and the others are not', async () => {
  const { clock, calls, lanes, add } = story();
  add('a', 'b');
  lanes.flush();
  await calls[0]?.answer([{ kind: 'sent' }, { kind: 'again', because: 'lost', perhapsSent: true }]);
  await clock.forward(100);
  await calls[1]?.sent();
  expect(lanes.counts).toEqual({ sent: 2, deduplicated: 0, perhapsTwice: 1, unknown: 0 });
});

test('a queue that cannot be reached for 30 s ends it', async () => {
  const { clock, calls, lanes, add } = story();
  add('g');
  lanes.flush();
  let failed = 0;
  for (let step = 0; step < 400 && lanes.failure === undefined; step += 1) {
    for (; failed < calls.length; failed += 1) await calls[failed]?.fail(LOST);
    await clock.forward(100);
  }
  expect(lanes.failure).toBe('it could not be reached for 30 s: no luck');
  expect(lanes.counts).toEqual({ sent: 0, deduplicated: 0, perhapsTwice: 0, unknown: 1 });
  await lanes.idle();
});

test('what is refused ends it: nothing more is begun', async () => {
  const { calls, lanes, add } = story();
  add('g');
  lanes.flush();
  await calls[0]?.answer([{ kind: 'refused', because: 'InvalidMessageContents.' }]);
  expect(lanes.failure).toBe('message 1 is refused: InvalidMessageContents');
  add('g');
  lanes.flush();
  expect(calls).toHaveLength(1);
  await lanes.idle();
});

test('told to stop, it tries nothing again, and says what may be there', async () => {
  const { clock, calls, lanes, add } = story();
  add('g');
  lanes.flush();
  await calls[0]?.fail(LOST);
  lanes.stop();
  await clock.forward(100);
  await lanes.idle();
  expect(calls).toHaveLength(1);
  expect(lanes.counts.unknown).toBe(1);
  expect(lanes.failure).toBeUndefined();
});

test('a rate is kept exactly; who was held up does not catch up on more than a second', () => {
  const pace = ratePace(500, 1000);
  expect([1, 2, 3].map(() => pace.dueMs(1000, 0))).toEqual([1000, 1002, 1004]);
  expect(pace.dueMs(61_000, 0)).toBe(60_000);
  expect(pace.dueMs(61_000, 0)).toBe(60_002);
});

test.each([
  ['500/s', 500],
  ['500', 500],
  ['30/m', 0.5],
  ['0.5/s', 0.5],
  ['7200/h', 2],
  ['0', undefined],
  ['-5/s', undefined],
  ['fast', undefined],
])('the rate %s', (text, perSecond) => expect(readRate(text)).toBe(perSecond));

test.each<[string, ReturnType<typeof readTargetName>]>([
  ['orders', { family: undefined, name: 'orders' }],
  ['orders.v2', { family: undefined, name: 'orders.v2' }],
  ['orders.fifo', { family: undefined, name: 'orders.fifo' }],
  ['sqs:orders', { family: 'sqs', name: 'orders' }],
  ['kinesis:clicks', { family: 'kinesis', name: 'clicks' }],
  ['dynamodb:orders', { family: 'dynamodb', name: 'orders' }],
  ['kafka:a.b_c', { family: 'kafka', name: 'a.b_c' }],
  ['arn:aws:sqs:eu-west-1:123456789012:o.fifo', { family: 'sqs', name: 'o.fifo', region: 'eu-west-1' }],
  [
    'https://sqs.eu-west-1.amazonaws.com/123456789012/o',
    { family: 'sqs', name: 'o', url: 'https://sqs.eu-west-1.amazonaws.com/123456789012/o', region: 'eu-west-1' },
  ],
  ['http://127.0.0.1:9324/000000000000/o', { family: 'sqs', name: 'o', url: 'http://127.0.0.1:9324/000000000000/o' }],
  [
    'arn:aws:kinesis:eu-west-1:123456789012:stream/clicks',
    {
      family: 'kinesis',
      name: 'clicks',
      region: 'eu-west-1',
      arn: 'arn:aws:kinesis:eu-west-1:123456789012:stream/clicks',
    },
  ],
  [
    'arn:aws:dynamodb:eu-west-1:123456789012:table/orders/stream/2026-01-01T00:00:00.000',
    {
      family: 'dynamodb',
      name: 'orders',
      region: 'eu-west-1',
      arn: 'arn:aws:dynamodb:eu-west-1:123456789012:table/orders/stream/2026-01-01T00:00:00.000',
    },
  ],
  ['http://127.0.0.1:9324/', undefined],
  ['arn:aws:sns:eu-west-1:123456789012:o', undefined],
  ['kinesis:', undefined],
  ['sns:orders', undefined],
  ['two words', undefined],
])('the target %s', (text, target) => expect(readTargetName(text)).toEqual(target));
