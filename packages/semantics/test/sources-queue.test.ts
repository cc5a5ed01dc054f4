import { describe, expect, it } from 'vitest';
import {
  changeVisibility,
  countQueue,
  deleteMessage,
  expireQueue,
  nextExpiryAt,
  nextVisibleAt,
  purgeQueue,
  receiveMessages,
  sendBatch,
} from '../src/index.ts';
import { testQueue } from './support/queues.ts';

const DAY = 86_400_000;

describe('a standard queue', () => {
  it('hands out what was sent, in order, at most ten at a time', () => {
    const { queue, tools, receive } = testQueue();
    const bodies = Array.from({ length: 12 }, (_, index) => ({ body: `b${index}` }));
    const outcomes = sendBatch(queue, bodies, 0, tools);
    expect(outcomes.map((outcome) => outcome.kind === 'sent' && outcome.messageId)).toEqual(
      Array.from({ length: 12 }, (_, index) => `m${index + 1}`),
    );
    expect(receive(0, 50)).toEqual(['m1', 'm2', 'm3', 'm4', 'm5', 'm6', 'm7', 'm8', 'm9', 'm10']);
    expect(receive(0)).toEqual(['m11', 'm12']);
    expect(receive(0)).toEqual([]);
  });

  it('shows counts, times and a new handle with every receive', () => {
    const { queue, send } = testQueue({ visibilityTimeoutMs: 5000 });
    send(1000, { body: 'x', attributes: { Title: { dataType: 'String', stringValue: 'y' } } });
    const [first] = receiveMessages(queue, 1, 2000).messages;
    const [second] = receiveMessages(queue, 1, 7000).messages;
    expect(first).toEqual({
      messageId: 'm1',
      receiptHandle: 'm1#1',
      sent: { body: 'x', attributes: { Title: { dataType: 'String', stringValue: 'y' } } },
      sentAtMs: 1000,
      receiveCount: 1,
      firstReceivedAtMs: 2000,
      visibleAtMs: 7000,
    });
    expect(second).toMatchObject({
      receiptHandle: 'm1#2',
      receiveCount: 2,
      firstReceivedAtMs: 2000,
      visibleAtMs: 12_000,
    });
  });

  it('hides a received message until its visibility timeout has passed, not one millisecond less or more', () => {
    const { send, receive } = testQueue({ visibilityTimeoutMs: 30_000 });
    send(0, {});
    expect(receive(10)).toEqual(['m1']);
    expect(receive(30_009)).toEqual([]);
    expect(receive(30_010)).toEqual(['m1']);
  });

  it('returns messages in the order in which they became visible, then as sent', () => {
    const { queue, send, receive } = testQueue({ visibilityTimeoutMs: 1000 });
    send(0, {});
    send(0, {});
    expect(receive(0, 1, 700)).toEqual(['m1']);
    expect(receive(0, 1, 500)).toEqual(['m2']);
    send(600, {});
    send(700, {});
    expect(receive(800)).toEqual(['m2', 'm3', 'm1', 'm4']);
    expect(countQueue(queue, 800)).toEqual({ visible: 0, inFlight: 4, delayed: 0, activeGroups: 0 });
  });

  it('keeps a message with a visibility timeout of 0 receivable', () => {
    const { send, receive } = testQueue();
    send(0, {});
    expect(receive(0, 10, 0)).toEqual(['m1']);
    expect(receive(0, 10, 0)).toEqual(['m1']);
  });

  it('sqs.delayed-before-first-receive: by the queue, or by the message itself', () => {
    const { queue, send, receive } = testQueue({ delayMs: 5000 });
    expect(send(0, {})).toEqual({
      kind: 'sent',
      messageId: 'm1',
      visibleAtMs: 5000,
      rule: 'sqs.delayed-before-first-receive',
    });
    expect(send(0, { delayMs: 0 })).toEqual({ kind: 'sent', messageId: 'm2', visibleAtMs: 0 });
    send(0, { delayMs: 900_000 });
    expect(countQueue(queue, 0)).toEqual({ visible: 1, inFlight: 0, delayed: 2, activeGroups: 0 });
    expect(receive(4999)).toEqual(['m2']);
    expect(nextVisibleAt(queue, 4999)).toBe(5000);
    expect(receive(5000)).toEqual(['m1']);
    expect(receive(900_000)).toEqual(['m2', 'm1', 'm3']);
  });

  it('refuses a deduplication id', () => {
    const outcome = testQueue().send(0, { dedupId: 'd' });
    expect(outcome).toMatchObject({ kind: 'refused', code: 'InvalidParameterValue' });
  });

  it('returns nothing while as many messages are in flight as the limit allows', () => {
    const { queue, send, receive } = testQueue({ inFlightLimit: 2, visibilityTimeoutMs: 100 });
    for (let count = 0; count < 3; count++) send(0, {});
    expect(receive(0)).toEqual(['m1', 'm2']);
    expect(receive(50)).toEqual([]);
    expect(nextVisibleAt(queue, 50)).toBe(100);
    expect(receive(100)).toEqual(['m3', 'm1']);
  });
});

describe('deleting', () => {
  it('deletes by the latest handle, also after the visibility timeout', () => {
    const { queue, send, receive } = testQueue({ visibilityTimeoutMs: 1000 });
    send(0, { body: 'x' });
    receive(0);
    expect(deleteMessage(queue, 'm1#1', 5000)).toMatchObject({ kind: 'deleted', message: { messageId: 'm1' } });
    expect(receive(5000)).toEqual([]);
    expect(deleteMessage(queue, 'm1#1', 5000)).toEqual({ kind: 'ignored', because: 'gone' });
    expect(countQueue(queue, 5000).visible).toBe(0);
  });

  it('sqs.stale-handle-deletes-nothing: accepts the handle of an earlier receive and deletes nothing', () => {
    const { queue, send, receive } = testQueue({ visibilityTimeoutMs: 1000 });
    send(0, {});
    receive(0);
    receive(1000);
    expect(deleteMessage(queue, 'm1#1', 1500)).toEqual({
      kind: 'ignored',
      because: 'received-again',
      rule: 'sqs.stale-handle-deletes-nothing',
    });
    expect(receive(2000)).toEqual(['m1']);
  });
});

describe('changing the visibility', () => {
  it('makes a message visible earlier or later, counted from now', () => {
    const { queue, send, receive } = testQueue({ visibilityTimeoutMs: 30_000 });
    send(0, {});
    send(0, {});
    receive(0);
    expect(changeVisibility(queue, 'm1#1', 0, 100)).toEqual({ kind: 'changed', visibleAtMs: 100 });
    expect(changeVisibility(queue, 'm2#1', 60_000, 100)).toEqual({ kind: 'changed', visibleAtMs: 60_100 });
    expect(receive(100)).toEqual(['m1']);
    expect(receive(30_100)).toEqual(['m1']);
    expect(receive(60_100)).toEqual(['m1', 'm2']);
  });

  it.each([
    ['is gone', 'm9#1', 0, 100, 'gone'],
    ['is visible again', 'm1#1', 10, 30_000, 'not-in-flight'],
    ['would be hidden for more than 12 hours', 'm1#1', 12 * 3_600_000, 100, 'beyond-limit'],
  ] as const)('is refused for a message that %s', (_, handle, visibilityMs, nowMs, because) => {
    const { queue, send, receive } = testQueue({ visibilityTimeoutMs: 30_000 });
    send(0, {});
    receive(0);
    expect(changeVisibility(queue, handle, visibilityMs, nowMs)).toEqual({ kind: 'refused', because });
  });

  it('is refused for a handle whose message was received again', () => {
    const { queue, send, receive } = testQueue({ visibilityTimeoutMs: 1000 });
    send(0, {});
    receive(0);
    receive(1000);
    expect(changeVisibility(queue, 'm1#1', 10, 1001)).toEqual({ kind: 'refused', because: 'not-in-flight' });
  });
});

describe('retention', () => {
  it('source.retention-expired: removes messages when their time has come, visible, delayed or in flight', () => {
    const { queue, send, receive } = testQueue({ retentionMs: DAY, visibilityTimeoutMs: 10 * 3_600_000 });
    send(0, {});
    send(1, {});
    send(2, { delayMs: 900_000 });
    receive(DAY - 1, 1);
    expect(nextExpiryAt(queue)).toBe(DAY);
    expect(expireQueue(queue, DAY - 1)).toEqual([]);
    expect(expireQueue(queue, DAY + 1).map((message) => message.messageId)).toEqual(['m1', 'm2']);
    expect(countQueue(queue, DAY + 1)).toMatchObject({ visible: 1, inFlight: 0, delayed: 0 });
    expect(nextExpiryAt(queue)).toBe(DAY + 2);
    expect(receive(DAY + 2)).toEqual([]);
    expect(expireQueue(queue, DAY + 2).map((message) => message.messageId)).toEqual(['m3']);
    expect(nextExpiryAt(queue)).toBeUndefined();
  });
});

describe('purging', () => {
  it('sqs.purged: removes everything, also in flight and delayed, and the queue goes on', () => {
    const { queue, send, receive } = testQueue();
    send(0, {});
    send(0, {});
    send(0, { delayMs: 5000 });
    receive(0, 1);
    const { messages, rule } = purgeQueue(queue, 10);
    expect(messages.map((message) => message.messageId)).toEqual(['m1', 'm2', 'm3']);
    expect(rule).toBe('sqs.purged');
    expect(countQueue(queue, 10_000)).toEqual({ visible: 0, inFlight: 0, delayed: 0, activeGroups: 0 });
    expect(nextVisibleAt(queue, 10_000)).toBeUndefined();
    expect(deleteMessage(queue, 'm1#1', 10)).toEqual({ kind: 'ignored', because: 'gone' });
    send(20, {});
    expect(receive(20)).toEqual(['m4']);
  });
});

describe('parking a poll', () => {
  it('knows when there may be something: now, when something reappears, or never', () => {
    const { queue, send, receive } = testQueue({ visibilityTimeoutMs: 400 });
    expect(nextVisibleAt(queue, 0)).toBeUndefined();
    send(5, {});
    expect(nextVisibleAt(queue, 7)).toBe(7);
    receive(10);
    expect(nextVisibleAt(queue, 11)).toBe(410);
    expect(nextVisibleAt(queue, 410)).toBe(410);
    expect(nextVisibleAt(queue, 500)).toBe(500);
    receive(500);
    deleteMessage(queue, 'm1#2', 501);
    expect(nextVisibleAt(queue, 502)).toBeUndefined();
  });
});

it('is plain data: a saved queue goes on as if nothing had happened', () => {
  const { queue, send } = testQueue({ visibilityTimeoutMs: 100 });
  for (let count = 0; count < 20; count++) send(count, { delayMs: count % 3 });
  receiveMessages(queue, 10, 25);
  const saved = structuredClone(queue);
  expect(receiveMessages(saved, 10, 125)).toEqual(receiveMessages(queue, 10, 125));
  expect(saved).toEqual(queue);
});
