/** What becomes of batches that fail: tried again, counted, given up. The target answers what the test says. */
import { expect, test } from 'vitest';
import { HandClock, settle } from '../../poller-sqs/test/support/handClock.ts';
import { SendLanes } from '../src/live/sendLanes.ts';
import { ratePace, readRate } from '../src/live/sendPace.ts';
import { readQueueName, SendFailed, type SendTarget, type Sent } from '../src/live/sendTarget.ts';

interface Call {
  readonly bodies: readonly string[];
  answer(sent: readonly Sent[]): Promise<void>;
  sent(): Promise<void>;
  fail(how: { perhapsSent: boolean; passes: boolean }): Promise<void>;
}

function story(fifo = false) {
  const clock = new HandClock();
  const calls: Call[] = [];
  const target: SendTarget = {
    queue: 'q',
    place: 'here',
    fifo,
    contentBasedDeduplication: false,
    send: (messages) =>
      new Promise((resolve, reject) => {
        const answer = (sent: readonly Sent[]) => {
          resolve(sent);
          return settle();
        };
        calls.push({
          bodies: messages.map(({ body }) => body),
          answer,
          sent: () => answer(messages.map(() => ({ kind: 'sent' }))),
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
  const add = (...groups: string[]) => {
    for (const groupId of groups) {
      number += 1;
      lanes.add({ message: { body: `m${number}`, groupId }, number, id: undefined });
    }
  };
  return { clock, calls, lanes, add };
}

const LOST = { perhapsSent: true, passes: true };
const NEVER_SENT = { perhapsSent: false, passes: true };

test('ten messages go at once, fewer when nothing more is to come', async () => {
  const { calls, lanes, add } = story();
  add(...Array<string>(25).fill('g'));
  expect(calls.map(({ bodies }) => bodies.length)).toEqual([10, 10]);
  lanes.flush();
  expect(calls.map(({ bodies }) => bodies.length)).toEqual([10, 10, 5]);
});

test('large bodies make smaller batches: an endpoint takes 256 KB at once', () => {
  const { calls, lanes } = story();
  for (let number = 1; number <= 4; number += 1) {
    lanes.add({ message: { body: 'ü'.repeat(60_000) }, number, id: undefined });
  }
  lanes.flush();
  expect(calls.map(({ bodies }) => bodies.length)).toEqual([2, 2]);
});

test('of one group, a batch waits for the one before; other groups do not', async () => {
  const { calls, lanes, add } = story(true);
  add('a', 'a');
  lanes.flush();
  add('a', 'b');
  lanes.flush();
  expect(calls.map(({ bodies }) => bodies.join())).toEqual(['m1,m2', 'm4']);
  await calls[0]?.sent();
  expect(calls.map(({ bodies }) => bodies.join())).toEqual(['m1,m2', 'm4', 'm3']);
});

test('a lost answer: sent again, and on a standard queue counted as perhaps there twice', async () => {
  const { clock, calls, lanes, add } = story();
  add('g', 'g');
  lanes.flush();
  await calls[0]?.fail(LOST);
  await clock.forward(100);
  expect(calls[1]?.bodies).toEqual(['m1', 'm2']);
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
  const { clock, calls, lanes, add } = story(true);
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
  expect(calls[1]?.bodies).toEqual(['m2']);
  await calls[1]?.sent();
  expect(lanes.counts).toEqual({ sent: 3, deduplicated: 0, perhapsTwice: 0, unknown: 0 });
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

test.each([
  ['orders', { name: 'orders' }],
  ['orders.fifo', { name: 'orders.fifo' }],
  ['arn:aws:sqs:eu-west-1:123456789012:o.fifo', { name: 'o.fifo', region: 'eu-west-1' }],
  ['https://sqs.eu-west-1.amazonaws.com/123456789012/o', { name: 'o', region: 'eu-west-1' }],
  ['http://127.0.0.1:9324/000000000000/o', { name: 'o' }],
  ['http://127.0.0.1:9324/', undefined],
  ['arn:aws:sns:eu-west-1:123456789012:o', undefined],
  ['two words', undefined],
])('the queue %s', (text, queue) => {
  const read = readQueueName(text);
  expect(read && { name: read.name, ...(read.region && { region: read.region }) }).toEqual(queue);
});
