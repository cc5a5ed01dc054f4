/** A queue of the substrate, asked directly. */
import { NoSuchQueue, type Queue, queueNameOf } from '@millrace/runtime';
import { causeText } from '@millrace/semantics';
import { type NotDeleted, type QueueClient, QueueUnavailable } from './client.ts';

const DELETES_AT_ONCE = 100;

export function substrateClient(queue: Queue): QueueClient {
  return {
    deletesAtOnce: DELETES_AT_ONCE,
    endsCleanly: true,
    async facts() {
      const { fifo, visibilityTimeoutMs, retentionMs, redrive } = await asked(() => queue.definition());
      const deadLetterQueue = redrive && queueNameOf(redrive.deadLetterTargetArn);
      return { fifo, visibilityTimeoutMs, retentionMs, deadLetterQueue };
    },
    receive: (request) => asked(() => queue.receive(request)),
    async delete(receiptHandles) {
      const answers = await asked(() => queue.delete(receiptHandles));
      const kept: NotDeleted[] = [];
      for (const [index, answer] of answers.entries()) {
        const receiptHandle = receiptHandles[index];
        if (receiptHandle === undefined || answer.kind === 'deleted') continue;
        if (answer.because !== 'gone') kept.push({ receiptHandle, rule: answer.rule });
      }
      return kept;
    },
    async giveBack(receiptHandles) {
      await asked(() =>
        queue.changeVisibility(receiptHandles.map((receiptHandle) => ({ receiptHandle, visibilityMs: 0 }))),
      );
    },
  };
}

async function asked<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof NoSuchQueue) throw new QueueUnavailable(error.message, { cause: error });
    throw new QueueUnavailable(`Redis does not answer: ${causeText(error)}`, { cause: error });
  }
}
