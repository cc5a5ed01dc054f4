/** Fixtures for the queue models: short sends, receives and times that read as stories. */
import {
  createQueue,
  type QueueOptions,
  type QueueState,
  type QueueTools,
  receiveMessages,
  type SendOutcome,
  type SentMessage,
  sendMessage,
} from '../../src/index.ts';

/** Message ids m1, m2, …; the hash of a body is the body in brackets. */
export function countingTools(): QueueTools {
  let count = 0;
  return { newMessageId: () => `m${++count}`, hashBody: (body) => `hash(${body})` };
}

export interface TestQueue {
  readonly queue: QueueState;
  readonly tools: QueueTools;
  send(nowMs: number, sent: Partial<SentMessage>): SendOutcome;
  /** Message ids of one receive. */
  receive(nowMs: number, max?: number, visibilityMs?: number): string[];
}

export function testQueue(options: Partial<QueueOptions> = {}): TestQueue {
  const queue = createQueue({ arn: 'arn:aws:sqs:us-east-1:123456789012:orders', ...options });
  const tools = countingTools();
  return {
    queue,
    tools,
    send: (nowMs, sent) => sendMessage(queue, { body: '', ...sent }, nowMs, tools),
    receive: (nowMs, max = 10, visibilityMs) =>
      receiveMessages(queue, max, nowMs, visibilityMs).messages.map((message) => message.messageId),
  };
}
