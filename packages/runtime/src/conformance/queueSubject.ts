/** What the queue suite needs of a substrate, and the queues that its cases make. */
import assert from 'node:assert/strict';
import type { SentMessage } from '@millrace/semantics';
import type { Queue, QueueDefinition, Queues, Receipt } from '../ports/queue.ts';

/** An empty substrate whose time only the case moves. */
export interface QueueSubject {
  readonly queues: Queues;
  now(): number;
  advance(ms: number): Promise<void>;
}

export interface QueueCase {
  readonly name: string;
  run(subject: QueueSubject): Promise<void>;
}

export const arnOf = (name: string): string => `arn:aws:sqs:eu-west-1:123456789012:${name}`;

export function definitionOf(name: string, changes: Partial<QueueDefinition> = {}): QueueDefinition {
  return {
    name,
    arn: arnOf(name),
    fifo: name.endsWith('.fifo'),
    visibilityTimeoutMs: 30_000,
    retentionMs: 345_600_000,
    delayMs: 0,
    contentBasedDeduplication: false,
    inFlightLimit: 120_000,
    createdAtMs: 1,
    modifiedAtMs: 1,
    carried: {},
    tags: {},
    ...changes,
  };
}

export async function made({ queues }: QueueSubject, name: string, changes: Partial<QueueDefinition> = {}) {
  assert.equal((await queues.create(definitionOf(name, changes))).created, true);
  return queues.open(name);
}

/** A queue whose messages go to `dead` after so many receives, and that queue. */
export async function withDeadLetters(subject: QueueSubject, maxReceiveCount: number, suffix = '') {
  const dead = await made(subject, `dead${suffix}`);
  const redrive = { deadLetterTargetArn: arnOf(`dead${suffix}`), maxReceiveCount };
  return { main: await made(subject, `main${suffix}`, { redrive }), dead };
}

export async function sendBodies(queue: Queue, bodies: readonly string[], rest: Partial<SentMessage> = {}) {
  const outcomes = await queue.send(bodies.map((body) => ({ body, ...rest })));
  return outcomes.map((outcome) => {
    assert.equal(outcome.kind, 'sent');
    return outcome;
  });
}

export async function take(queue: Queue, max = 10, visibilityMs?: number): Promise<string[]> {
  return bodiesOf(await queue.receive({ max, visibilityMs }));
}

export function bodiesOf(receipt: Receipt): string[] {
  return receipt.messages.map(({ sent }) => sent.body);
}

export async function takeOne(queue: Queue, visibilityMs?: number) {
  const [message] = (await queue.receive({ max: 1, visibilityMs })).messages;
  assert.ok(message, 'there was nothing to receive');
  return message;
}
