/** A queue behind an SQS endpoint as the target of `millrace send`. */
import {
  type BatchResultErrorEntry,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  SendMessageBatchCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { UsageError } from '../errors.ts';
import { sqsAt } from './awsClients.ts';
import { queueEntry } from './sdkEntries.ts';
import type { TargetName } from './sendName.ts';
import { type QueueParcel, queueTraits } from './sendQueue.ts';
import { failed, readError, SEND_CLIENT } from './sendSdkErrors.ts';
import type { SendTarget, Sent } from './sendTarget.ts';

export async function sdkTarget(queue: TargetName, endpoint: string | undefined): Promise<SendTarget<QueueParcel>> {
  const client = await sqsAt(endpoint, queue.region, SEND_CLIENT);
  const place = endpoint ?? 'the endpoint of the AWS SDK';
  try {
    const queueUrl = queue.url ?? (await urlOf(client, queue.name));
    const attributes = await attributesOf(client, queueUrl);
    const fifo = queue.name.endsWith('.fifo');
    return {
      name: queue.name,
      place,
      ...queueTraits({ fifo, contentBasedDeduplication: attributes.ContentBasedDeduplication === 'true' }),
      send: (parcels) => send(client, queueUrl, parcels),
      close: () => client.destroy(),
    };
  } catch (cause) {
    client.destroy();
    const bare = queue.family === undefined ? '; a stream is named kinesis:NAME' : '';
    throw new UsageError(`The queue ${queue.name} cannot be used at ${place}: ${readError(cause).what}${bare}.`, {
      cause,
    });
  }
}

async function urlOf(client: SQSClient, name: string): Promise<string> {
  const { QueueUrl = '' } = await client.send(new GetQueueUrlCommand({ QueueName: name }));
  return QueueUrl;
}

/** Whoever may send but not look is a person with few rights; then it is not known, and the queue will say. */
async function attributesOf(client: SQSClient, queueUrl: string): Promise<Readonly<Record<string, string>>> {
  const command = new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['All'] });
  try {
    return (await client.send(command)).Attributes ?? {};
  } catch (error) {
    if (/AccessDenied/.test((error as Error).name)) return {};
    throw error;
  }
}

async function send(client: SQSClient, QueueUrl: string, parcels: readonly QueueParcel[]): Promise<readonly Sent[]> {
  const messages = parcels.map(({ message }) => message);
  const command = new SendMessageBatchCommand({ QueueUrl, Entries: messages.map(queueEntry) });
  const { Failed = [] } = await client.send(command).catch(failed);
  const failures = new Map(Failed.map((entry) => [Number(entry.Id), entry]));
  return messages.map((_, index) => sentOf(failures.get(index)));
}

function sentOf(failure: BatchResultErrorEntry | undefined): Sent {
  if (!failure) return { kind: 'sent' };
  const because = [failure.Code, failure.Message].filter(Boolean).join(', ');
  return failure.SenderFault ? { kind: 'refused', because } : { kind: 'again', because };
}
