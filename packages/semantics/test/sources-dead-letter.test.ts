import { describe, expect, it } from 'vitest';
import {
  acceptDeadLetter,
  acceptMoved,
  createQueue,
  deleteMessage,
  expireQueue,
  nextVisibleAt,
  receiveMessages,
  takeForMove,
} from '../src/index.ts';
import { type TestQueue, testQueue } from './support/queues.ts';

const DAY = 86_400_000;
const SOURCE = 'arn:aws:sqs:us-east-1:123456789012:orders';

/** Receives until the queue gives a message up, and hands what it gives up to a dead-letter queue. */
function pair(options: Parameters<typeof testQueue>[0] = {}) {
  const source = testQueue({ visibilityTimeoutMs: 1000, redrive: { maxReceiveCount: 2 }, ...options });
  const dlq = createQueue({ arn: 'arn:dlq', fifo: options.fifo ?? false, visibilityTimeoutMs: 1000 });
  return { source, dlq };
}

function receiveInto(source: TestQueue, dlq: ReturnType<typeof createQueue>, nowMs: number, max = 10) {
  const receipt = receiveMessages(source.queue, max, nowMs);
  for (const letter of receipt.deadLettered) acceptDeadLetter(dlq, letter, nowMs);
  return receipt;
}

describe('redrive', () => {
  it('sqs.dead-lettered-after-max-receives: moves instead of a third receive, with its id, time and attributes', () => {
    const { source, dlq } = pair();
    const attributes = { Title: { dataType: 'String', stringValue: 'x' } };
    source.send(100, { body: 'poison', attributes });
    receiveInto(source, dlq, 1000);
    receiveInto(source, dlq, 2000);
    expect(receiveInto(source, dlq, 2999).deadLettered).toEqual([]);
    expect(nextVisibleAt(source.queue, 2999)).toBe(3000);
    const { messages, deadLettered } = receiveInto(source, dlq, 3000);
    expect(messages).toEqual([]);
    expect(deadLettered).toMatchObject([
      {
        sourceArn: SOURCE,
        rule: 'sqs.dead-lettered-after-max-receives',
        message: { messageId: 'm1', receiveCount: 2 },
      },
    ]);
    expect(nextVisibleAt(source.queue, 3000)).toBeUndefined();
    expect(receiveMessages(dlq, 10, 3000).messages).toMatchObject([
      {
        messageId: 'm1',
        sent: { body: 'poison', attributes },
        sentAtMs: 100,
        receiveCount: 3,
        firstReceivedAtMs: 1000,
        deadLetterSourceArn: SOURCE,
      },
    ]);
  });

  it('goes on to the next message in the same receive', () => {
    const { source, dlq } = pair({ redrive: { maxReceiveCount: 1 } });
    source.send(0, {});
    source.receive(0);
    source.send(1000, {});
    const { messages, deadLettered } = receiveInto(source, dlq, 1000, 1);
    expect(deadLettered.map(({ message }) => message.messageId)).toEqual(['m1']);
    expect(messages.map((message) => message.messageId)).toEqual(['m2']);
  });

  it('does nothing to a message that is deleted on its last receive', () => {
    const { source, dlq } = pair({ redrive: { maxReceiveCount: 1 } });
    source.send(0, {});
    source.receive(0);
    deleteMessage(source.queue, 'm1#1', 10);
    expect(receiveInto(source, dlq, 5000)).toEqual({ messages: [], deadLettered: [] });
  });

  it('releases the FIFO group, and the deduplication id in the dead-letter queue is the message id', () => {
    const { source, dlq } = pair({ fifo: true, redrive: { maxReceiveCount: 1 } });
    for (const dedupId of ['x', 'y', 'z']) source.send(0, { groupId: 'a', dedupId });
    source.receive(0, 2);
    const { messages, deadLettered } = receiveInto(source, dlq, 1000);
    expect(deadLettered.map(({ message }) => message.messageId)).toEqual(['m1', 'm2']);
    expect(messages.map((message) => message.messageId)).toEqual(['m3']);
    const inDlq = receiveMessages(dlq, 10, 1000).messages;
    expect(inDlq.map(({ messageId, sent }) => [messageId, sent.groupId, sent.dedupId])).toEqual([
      ['m1', 'a', 'm1'],
      ['m2', 'a', 'm2'],
    ]);
  });

  it.each([
    [false, 4 * DAY, 'from the original send on a standard queue'],
    [true, 4 * DAY + 1000, 'from the move on a FIFO queue'],
  ])('counts retention (fifo: %s, expires at %i) %s', (fifo, expiresAtMs) => {
    const { source, dlq } = pair({ fifo, redrive: { maxReceiveCount: 1 } });
    source.send(0, fifo ? { groupId: 'a', dedupId: 'x' } : {});
    source.receive(0);
    receiveInto(source, dlq, 1000);
    expect(expireQueue(dlq, expiresAtMs - 1)).toEqual([]);
    expect(expireQueue(dlq, expiresAtMs).map((message) => message.messageId)).toEqual(['m1']);
  });
});

describe('redrive back', () => {
  it('moves the oldest first, as new messages with new ids, times and receive counts', () => {
    const { source, dlq } = pair({ redrive: { maxReceiveCount: 1 } });
    for (const body of ['x', 'y', 'z']) source.send(0, { body });
    source.receive(0);
    receiveInto(source, dlq, 1000);
    const moved = takeForMove(dlq, 2, 5000);
    expect(moved.map((message) => message.sent.body)).toEqual(['x', 'y']);
    for (const message of moved) acceptMoved(source.queue, message, 5000, source.tools);
    const received = receiveMessages(source.queue, 10, 5000).messages;
    expect(received).toMatchObject([
      { messageId: 'm4', sent: { body: 'x' }, sentAtMs: 5000, receiveCount: 1, firstReceivedAtMs: 5000 },
      { messageId: 'm5', sent: { body: 'y' } },
    ]);
    expect(received[0]).not.toHaveProperty('deadLetterSourceArn');
    expect(takeForMove(dlq, 10, 5000).map((message) => message.messageId)).toEqual(['m3']);
  });

  it('keeps the order of FIFO groups, and leaves alone what is in flight', () => {
    const { source, dlq } = pair({ fifo: true, redrive: { maxReceiveCount: 1 } });
    for (const groupId of ['a', 'b', 'a']) source.send(0, { groupId, dedupId: String(source.queue.nextOrdinal) });
    source.receive(0);
    receiveInto(source, dlq, 1000);
    receiveMessages(dlq, 1, 1000);
    expect(takeForMove(dlq, 10, 1500).map((message) => message.sent.groupId)).toEqual(['b']);
    expect(takeForMove(dlq, 10, 2000).map((message) => message.messageId)).toEqual(['m1', 'm3']);
  });
});
