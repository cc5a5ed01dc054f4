/** What hides messages and what gives them back never run beside each other, however slow the queue is. */
import type { SQSClient } from '@aws-sdk/client-sqs';
import { systemClock } from '@millrace/runtime';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Concealer } from '../src/live/recordConceal.ts';
import { PeekedQueue } from '../src/live/recordPeek.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(() => {
  vi.useRealTimers();
});

interface Change {
  readonly seconds: number;
  answer(): void;
  fail(): void;
}

const turns = async () => {
  for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate);
};

/** A queue with so many messages; every change of visibility waits for the test. */
function queue(messages: number) {
  const changes: Change[] = [];
  const said: string[] = [];
  let given = 0;
  const receive = () => {
    const Messages = Array.from({ length: Math.min(10, messages - given) }, () => {
      given += 1;
      return { MessageId: `m${given}`, ReceiptHandle: `r${given}`, Body: 'x' };
    });
    return { Messages };
  };
  const client = {
    send: async ({ input }: { input: { Entries?: { VisibilityTimeout: number }[] } }) => {
      const { Entries } = input;
      if (!Entries) return new Promise((resolve) => setImmediate(() => resolve(receive())));
      return new Promise((resolve, reject) => {
        const seconds = Entries[0]?.VisibilityTimeout ?? Number.NaN;
        changes.push({ seconds, answer: () => resolve({}), fail: () => reject(new Error('no luck')) });
      });
    },
    destroy: () => {},
  };
  const conceal = new Concealer([], 'k', false);
  const ways = { from: 'trim-horizon', once: false, limit: Number.POSITIVE_INFINITY, conceal } as const;
  const place = { endpoint: undefined, region: undefined, now: () => systemClock.now() };
  const peeked = new PeekedQueue(
    { client: client as unknown as SQSClient, queueUrl: 'u', name: 'q', maxReceives: 100 },
    { ...ways, ...place, forMs: 3_600_000, say: (sentence) => said.push(sentence) },
  );
  return { peeked, changes, said };
}

/** Has read all of it, and goes on. */
async function held(messages: number) {
  const one = queue(messages);
  const ending = new AbortController();
  const reading = (async () => {
    for await (const _ of one.peeked.entries(ending.signal));
  })();
  await turns();
  const end = async () => {
    ending.abort();
    await reading;
  };
  return { ...one, end };
}

const HALF_MS = 300_000;

test('renewals come one after the other, and what gives back comes after them', async () => {
  const { peeked, changes, end } = await held(5);
  await vi.advanceTimersByTimeAsync(2 * HALF_MS);
  await turns();
  expect(changes.map(({ seconds }) => seconds)).toEqual([600]);
  await end();
  const closed = peeked.close();
  await turns();
  expect(changes.map(({ seconds }) => seconds)).toEqual([600]);
  changes[0]?.answer();
  await turns();
  expect(changes.map(({ seconds }) => seconds)).toEqual([600, 0]);
  changes[1]?.answer();
  await closed;
});

test('the second try to give back begins when the first is over, and is for what failed only', async () => {
  const { peeked, changes, said, end } = await held(25);
  await end();
  const closed = peeked.close();
  await turns();
  expect(changes).toHaveLength(3);
  changes[0]?.fail();
  await turns();
  expect(changes).toHaveLength(3);
  for (const change of changes.slice(1)) change.answer();
  await turns();
  expect(changes).toHaveLength(4);
  changes[3]?.fail();
  await closed;
  expect(said).toEqual(['5 messages of q could not be given back; they are visible again within 600 s.']);
});
