/** Queues of a run that is played. */
import {
  GetQueueAttributesCommand,
  PurgeQueueCommand,
  SendMessageBatchCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { type Queue, type Queues, queueNameOf } from '@millrace/runtime';
import type { SentMessage } from '@millrace/semantics';
import type { Plan, QueueSourcePlan } from '@millrace/simulation';
import { type Arrived, type PlayedSource, refused } from './oncePlayed.ts';
import { queueEntry } from './sdkEntries.ts';
import { endpointFor, isElsewhere } from './sources.ts';

export async function playedQueue(source: QueueSourcePlan, plan: Plan, queues: Queues): Promise<PlayedSource> {
  if (!isElsewhere(source)) return ownQueue(source, queues.open(queueNameOf(source.arn)));
  const { client, queueUrl } = await endpointFor(source, plan);
  return queueBehind(client, queueUrl, source);
}

function ownQueue(source: QueueSourcePlan, queue: Queue): PlayedSource {
  return {
    source,
    isOurs: true,
    async send(payloads) {
      const messages = payloads as readonly SentMessage[];
      const outcomes = await queue.send(messages);
      return outcomes.map((outcome) => {
        if (outcome.kind === 'refused') throw refused(source, `${outcome.code}, ${outcome.message}`);
        return { name: outcome.messageId, deduplicated: outcome.kind === 'deduplicated' };
      });
    },
    async purge() {
      await queue.purge();
    },
    async left() {
      const { visible, inFlight, delayed } = await queue.counts();
      return visible + inFlight + delayed;
    },
    close: () => {},
  };
}

const COUNTS = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
] as const;

function queueBehind(client: SQSClient, QueueUrl: string, source: QueueSourcePlan): PlayedSource {
  /** SQS answers a repetition with the id of the first. */
  const known = new Set<string>();
  return {
    source,
    isOurs: false,
    async send(payloads) {
      const messages = payloads as readonly SentMessage[];
      const arrived: Arrived[] = [];
      for (const batch of batchesOf(messages)) {
        const Entries = batch.map(queueEntry);
        const { Successful = [], Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
        const [failed] = Failed;
        if (failed) throw refused(source, `${failed.Code}, ${failed.Message}`);
        for (const { MessageId: messageId = '' } of Successful.toSorted((a, b) => Number(a.Id) - Number(b.Id))) {
          arrived.push({ name: messageId, deduplicated: known.has(messageId) });
          if (source.type === 'sqs-fifo') known.add(messageId);
        }
      }
      return arrived;
    },
    async purge() {
      await client.send(new PurgeQueueCommand({ QueueUrl }));
    },
    async left() {
      const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...COUNTS] });
      const { Attributes = {} } = await client.send(command);
      return COUNTS.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0);
    },
    close: () => client.destroy(),
  };
}

/** As many as SendMessageBatch takes at once. */
const BATCH_MESSAGES = 10;
const BATCH_CHARS = 200_000;

function batchesOf(messages: readonly SentMessage[]): SentMessage[][] {
  const batches: SentMessage[][] = [];
  let chars = 0;
  for (const message of messages) {
    const batch = batches.at(-1);
    chars += message.body.length;
    if (batch && batch.length < BATCH_MESSAGES && chars <= BATCH_CHARS) batch.push(message);
    else {
      batches.push([message]);
      chars = message.body.length;
    }
  }
  return batches;
}
