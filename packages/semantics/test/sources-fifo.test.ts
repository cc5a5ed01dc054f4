import { describe, expect, it } from 'vitest';
import {
  changeVisibility,
  countQueue,
  DEDUPLICATION_INTERVAL_MS,
  deleteMessage,
  expireQueue,
  heldBack,
  nextVisibleAt,
  receiveMessages,
  type SendOutcome,
} from '../src/index.ts';
import { type TestQueue, testQueue } from './support/queues.ts';

/** A FIFO queue with messages m1, m2, … in these groups, all sent at 0. */
function fifoQueue(groups = '', options: Parameters<typeof testQueue>[0] = {}): TestQueue {
  const test = testQueue({ fifo: true, visibilityTimeoutMs: 1000, ...options });
  [...groups].forEach((groupId, index) => {
    test.send(0, { groupId, dedupId: `d${index}` });
  });
  return test;
}

describe('order in a FIFO queue', () => {
  it('fills a batch with several groups: all it can get of one, then the next', () => {
    const { receive } = fifoQueue('abacb');
    expect(receive(0, 4)).toEqual(['m1', 'm3', 'm2', 'm5']);
    expect(receive(0)).toEqual(['m4']);
  });

  it('sqs.fifo-group-blocked-while-in-flight: nothing after a message in flight until it is deleted', () => {
    const { queue, receive } = fifoQueue('aab');
    expect(receive(0, 1)).toEqual(['m1']);
    expect(receive(1)).toEqual(['m3']);
    expect(receive(2)).toEqual([]);
    deleteMessage(queue, 'm1#1', 300);
    expect(receive(400)).toEqual(['m2']);
    expect(heldBack(queue, 'm2')).toEqual({
      groupId: 'a',
      fromMs: 0,
      untilMs: 300,
      rule: 'sqs.fifo-group-blocked-while-in-flight',
    });
    expect(heldBack(queue, 'm3')).toBeUndefined();
  });

  it('a message in flight that retention removes frees its group, and a parked poll is told when', () => {
    const { queue, receive, send } = fifoQueue('a', { retentionMs: 600 });
    expect(receive(200)).toEqual(['m1']);
    expect(nextVisibleAt(queue, 300)).toBe(1200);
    send(300, { groupId: 'a', dedupId: 'later' });
    expect(nextVisibleAt(queue, 300)).toBe(600);
    expect(receive(600)).toEqual(['m2']);
  });

  it('retries a timed-out message before the newer ones of its group', () => {
    const { receive } = fifoQueue('aaa');
    expect(receive(0, 2)).toEqual(['m1', 'm2']);
    expect(receive(999)).toEqual([]);
    expect(receive(1000)).toEqual(['m1', 'm2', 'm3']);
  });

  it('hands out earlier visible messages while a later one is in flight, and nothing after that', () => {
    const { queue, receive } = fifoQueue('aaaa');
    expect(receive(0, 3)).toEqual(['m1', 'm2', 'm3']);
    changeVisibility(queue, 'm1#1', 0, 100);
    changeVisibility(queue, 'm3#1', 0, 100);
    expect(receive(100)).toEqual(['m1']);
    expect(receive(101)).toEqual([]);
    expect(receive(1000)).toEqual([]);
    deleteMessage(queue, 'm1#2', 1050);
    expect(receive(1050)).toEqual(['m2', 'm3', 'm4']);
  });

  it('stays blocked while only the middle of what is in flight is deleted', () => {
    const { queue, receive } = fifoQueue('aaaa');
    receive(0, 3);
    deleteMessage(queue, 'm2#1', 10);
    deleteMessage(queue, 'm3#1', 10);
    expect(receive(20)).toEqual([]);
    expect(receive(1000)).toEqual(['m1', 'm4']);
  });

  it('goes on with the group when retention takes the message that blocked it', () => {
    const { queue, send, receive } = fifoQueue('a', { retentionMs: 60_000, visibilityTimeoutMs: 100_000 });
    send(50_000, { groupId: 'a', dedupId: 'late' });
    receive(59_000, 1);
    expect(receive(59_999)).toEqual([]);
    expect(receive(60_000)).toEqual(['m2']);
    expect(expireQueue(queue, 60_000).map((message) => message.messageId)).toEqual(['m1']);
  });

  it('counts active groups, and says when there may be something to receive', () => {
    const { queue, receive } = fifoQueue('aab');
    expect(countQueue(queue, 0)).toEqual({ visible: 3, inFlight: 0, delayed: 0, activeGroups: 2 });
    receive(0);
    expect(nextVisibleAt(queue, 1)).toBe(1000);
    deleteMessage(queue, 'm3#1', 2);
    expect(countQueue(queue, 2)).toEqual({ visible: 0, inFlight: 2, delayed: 0, activeGroups: 1 });
  });

  it('delays by the queue only, and keeps the order', () => {
    const { queue, send, receive } = fifoQueue('aa', { delayMs: 500 });
    send(200, { groupId: 'b', dedupId: 'x' });
    expect(nextVisibleAt(queue, 200)).toBe(500);
    expect(receive(500)).toEqual(['m1', 'm2']);
    expect(receive(700)).toEqual(['m3']);
    expect(send(800, { groupId: 'a', dedupId: 'y', delayMs: 10 })).toMatchObject({ kind: 'refused' });
  });

  it('numbers messages with 20 digits that grow', () => {
    const { queue } = fifoQueue('aba');
    const numbers = receiveMessages(queue, 10, 0).messages.map((message) => message.sequenceNumber ?? '');
    expect(numbers.every((text) => /^\d{20}$/.test(text))).toBe(true);
    expect([numbers[0], numbers[2], numbers[1]]).toEqual([...numbers].sort());
  });
});

describe('handles of a FIFO queue', () => {
  it('sqs.fifo-expired-handle-refused: after the visibility timeout, and after another receive', () => {
    const { queue, receive } = fifoQueue('a');
    receive(0);
    const refused = { kind: 'refused', because: 'expired', rule: 'sqs.fifo-expired-handle-refused' };
    expect(deleteMessage(queue, 'm1#1', 1000)).toEqual(refused);
    expect(receive(1000)).toEqual(['m1']);
    expect(deleteMessage(queue, 'm1#1', 1001)).toEqual(refused);
    expect(deleteMessage(queue, 'm1#2', 1001)).toMatchObject({ kind: 'deleted' });
    expect(deleteMessage(queue, 'm1#2', 1002)).toEqual({ kind: 'ignored', because: 'gone' });
  });
});

describe('deduplication', () => {
  it('sqs.fifo-deduplicated: answers with the first one for 5 minutes, also after it was deleted', () => {
    const { queue, send, receive } = fifoQueue();
    const first = send(0, { groupId: 'a', dedupId: 'd' }) as Extract<SendOutcome, { kind: 'sent' }>;
    receive(0);
    deleteMessage(queue, 'm1#1', 1);
    const second = send(DEDUPLICATION_INTERVAL_MS - 1, { groupId: 'b', dedupId: 'd' });
    expect(second).toEqual({
      kind: 'deduplicated',
      messageId: 'm1',
      sequenceNumber: first.sequenceNumber,
      rule: 'sqs.fifo-deduplicated',
    });
    expect(receive(DEDUPLICATION_INTERVAL_MS - 1)).toEqual([]);
    expect(send(DEDUPLICATION_INTERVAL_MS, { groupId: 'a', dedupId: 'd' })).toMatchObject({
      kind: 'sent',
      messageId: 'm2',
    });
  });

  it('a duplicate does not prolong the 5 minutes', () => {
    const { send } = fifoQueue();
    send(0, { groupId: 'a', dedupId: 'd' });
    send(200_000, { groupId: 'a', dedupId: 'd' });
    expect(send(300_000, { groupId: 'a', dedupId: 'd' })).toMatchObject({ kind: 'sent' });
  });

  it('by content: the hash of the body is the id, and an explicit id equal to it is a duplicate', () => {
    const { queue, send } = fifoQueue('', { contentBasedDeduplication: true });
    send(0, { groupId: 'a', body: 'x' });
    expect(send(1, { groupId: 'a', body: 'x' })).toMatchObject({ kind: 'deduplicated', messageId: 'm1' });
    expect(send(2, { groupId: 'a', body: 'y', dedupId: 'hash(x)' })).toMatchObject({ kind: 'deduplicated' });
    expect(send(3, { groupId: 'a', body: 'x', dedupId: 'own' })).toMatchObject({ kind: 'sent' });
    const ids = receiveMessages(queue, 10, 3).messages.map((message) => message.sent.dedupId);
    expect(ids).toEqual(['hash(x)', 'own']);
  });

  it.each([
    ['no group', { dedupId: 'd' }, 'MissingParameter'],
    ['no deduplication id', { groupId: 'a' }, 'InvalidParameterValue'],
  ])('refuses a message with %s', (_, sent, code) => {
    const { queue, send } = fifoQueue();
    expect(send(0, sent)).toMatchObject({ kind: 'refused', code });
    expect(countQueue(queue, 0).visible).toBe(0);
  });
});
