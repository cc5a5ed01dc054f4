/** Documents to queues of Millrace's own substrate, without a way over HTTP. */
import { type Destination, NoSuchQueue, type Queues, queueNameOf } from '@millrace/runtime';
import { arnOf } from './arn.ts';
import { DeliveryFailed, documentOf, refuseFifo } from './failing.ts';

/** Sends to the queue of the name that the ARN gives. The queues are the caller's to close. */
export function substrateQueueDestination(queues: Pick<Queues, 'open'>): Destination {
  return {
    async deliver({ destination: { arn: text }, message }) {
      refuseFifo(arnOf(text, 'sqs').resource, 'queue', text);
      const body = documentOf(message, `the queue ${text}`);
      const [outcome] = await queues
        .open(queueNameOf(text))
        .send([{ body }])
        .catch((error: unknown) => {
          const isMissing = error instanceof NoSuchQueue;
          const problem = isMissing ? `There is no queue ${text}.` : `The queue ${text} cannot be reached.`;
          throw new DeliveryFailed(problem, { cause: error });
        });
      if (outcome?.kind !== 'sent') throw new DeliveryFailed(`The queue ${text} did not take it.`);
    },
    async close() {},
  };
}
