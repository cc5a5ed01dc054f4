/** Queues of a substrate as the poller suite wants them. */

import { queueSource, substrateClient } from '@millrace/poller-sqs';
import { type Queues, queueNameOf, systemClock } from '@millrace/runtime';
import type { PollerSubject, QueueShape } from '@millrace/runtime/conformance';

const REGION = 'us-east-1';
let made = 0;

export function arnOf(name: string): string {
  return `arn:aws:sqs:${REGION}:123456789012:${name}`;
}

/** Makes a queue; with a redrive policy when there is a queue for dead letters. */
export async function substrateQueue(queues: Queues, name: string, shape: QueueShape, deadLetterArn?: string) {
  const now = systemClock.now();
  await queues.create({
    name,
    arn: arnOf(name),
    fifo: shape.fifo,
    visibilityTimeoutMs: shape.visibilityTimeoutMs,
    retentionMs: 345_600_000,
    delayMs: 0,
    contentBasedDeduplication: false,
    inFlightLimit: 120_000,
    createdAtMs: now,
    modifiedAtMs: now,
    carried: {},
    tags: {},
    ...(deadLetterArn !== undefined && {
      redrive: { deadLetterTargetArn: deadLetterArn, maxReceiveCount: shape.maxReceiveCount ?? 1 },
    }),
  });
  return queues.open(name);
}

export function substrateSubject(queues: Queues): PollerSubject {
  return {
    async queue(shape) {
      made += 1;
      const suffix = shape.fifo ? '.fifo' : '';
      const name = `q${made}${suffix}`;
      const letters = await substrateQueue(queues, `q${made}-dlq${suffix}`, shape);
      const lettersArn = shape.maxReceiveCount === undefined ? undefined : arnOf(`q${made}-dlq${suffix}`);
      const queue = await substrateQueue(queues, name, shape, lettersArn);
      return {
        arn: arnOf(name),
        source: (batchWindowMs) =>
          queueSource({
            client: substrateClient(queue),
            arn: arnOf(name),
            region: REGION,
            batchWindowMs,
            clock: systemClock,
          }),
        send: async (messages) => {
          const outcomes = await queue.send(messages);
          const refused = outcomes.find(({ kind }) => kind !== 'sent');
          if (refused) throw new Error(`not sent to ${queueNameOf(arnOf(name))}: ${JSON.stringify(refused)}`);
        },
        left: async () => {
          const { visible, inFlight, delayed } = await queue.counts();
          return visible + inFlight + delayed;
        },
        deadLetters: async () => (await letters.peek(100)).map(({ sent }) => sent.body),
      };
    },
  };
}
