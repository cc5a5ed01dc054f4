/** A queue behind the AWS SDK: AWS itself, ElasticMQ, Millrace's gateway, or whatever else speaks SQS. */
import {
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { MessageAttribute, Millis, ReceivedMessage, SentMessage } from '@millrace/semantics';
import { type NotDeleted, type QueueClient, QueueUnavailable } from './client.ts';

/** The most entries of a DeleteMessageBatch. */
const DELETES_AT_ONCE = 10;

export interface SdkClientOptions {
  readonly client: SQSClient;
  readonly queueUrl: string;
  /** Milliseconds since the epoch. */
  readonly now: () => Millis;
}

export async function sdkClient({ client, queueUrl, now }: SdkClientOptions): Promise<QueueClient> {
  const facts = await readFacts(client, queueUrl);
  return {
    deletesAtOnce: DELETES_AT_ONCE,
    facts: () => readFacts(client, queueUrl),
    async receive({ max, visibilityMs, waitMs, signal }) {
      const command = new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: max,
        WaitTimeSeconds: Math.min(20, Math.floor(waitMs / 1000)),
        MessageSystemAttributeNames: ['All'],
        MessageAttributeNames: ['All'],
        ...(visibilityMs !== undefined && { VisibilityTimeout: Math.ceil(visibilityMs / 1000) }),
      });
      const askedMs = now();
      try {
        const { Messages = [] } = await client.send(command, { abortSignal: signal });
        // Hidden from when the server took them, which was no earlier than the question for a first message at once.
        const receivedMs = waitMs > 0 ? Math.max(askedMs, now() - ROUND_TRIP_MS) : askedMs;
        const visibleAtMs = receivedMs + (visibilityMs ?? facts.visibilityTimeoutMs);
        return { messages: Messages.map((message) => receivedMessage(message, visibleAtMs)), deadLettered: [] };
      } catch (error) {
        if (signal.aborted) return { messages: [], deadLettered: [] };
        throw unavailable('ReceiveMessage', error);
      }
    },
    delete: (receiptHandles) => deleteBatch(client, queueUrl, receiptHandles),
  };
}

/** How long an answer may have been on its way: messages are counted as visible again so much earlier. */
const ROUND_TRIP_MS = 100;

async function readFacts(client: SQSClient, queueUrl: string) {
  const command = new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['All'] });
  try {
    const { Attributes = {} } = await client.send(command);
    return {
      fifo: Attributes.FifoQueue === 'true' || queueUrl.endsWith('.fifo'),
      visibilityTimeoutMs: Number(Attributes.VisibilityTimeout ?? 30) * 1000,
      retentionMs: Number(Attributes.MessageRetentionPeriod ?? 345_600) * 1000,
    };
  } catch (error) {
    throw unavailable('GetQueueAttributes', error);
  }
}

async function deleteBatch(
  client: SQSClient,
  queueUrl: string,
  receiptHandles: readonly string[],
): Promise<readonly NotDeleted[]> {
  const Entries = receiptHandles.map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle }));
  try {
    const { Failed = [] } = await client.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
    return Failed.flatMap(({ Id }) => {
      const receiptHandle = receiptHandles[Number(Id)];
      return receiptHandle === undefined ? [] : [{ receiptHandle, rule: 'sqs.fifo-expired-handle-refused' } as const];
    });
  } catch (error) {
    throw unavailable('DeleteMessageBatch', error);
  }
}

function receivedMessage(message: Message, visibleAtMs: Millis): ReceivedMessage {
  const system = (message.Attributes ?? {}) as Readonly<Record<string, string | undefined>>;
  const sentAtMs = Number(system.SentTimestamp ?? 0);
  return {
    messageId: message.MessageId ?? '',
    receiptHandle: message.ReceiptHandle ?? '',
    sent: sentMessage(message, system),
    sentAtMs,
    receiveCount: Number(system.ApproximateReceiveCount ?? 1),
    firstReceivedAtMs: Number(system.ApproximateFirstReceiveTimestamp ?? sentAtMs),
    visibleAtMs,
    ...(system.SequenceNumber !== undefined && { sequenceNumber: system.SequenceNumber }),
    ...(system.DeadLetterQueueSourceArn !== undefined && { deadLetterSourceArn: system.DeadLetterQueueSourceArn }),
  };
}

function sentMessage(message: Message, system: Readonly<Record<string, string | undefined>>): SentMessage {
  const attributes = attributesOf(message);
  return {
    body: message.Body ?? '',
    ...(attributes && { attributes }),
    ...(system.MessageGroupId !== undefined && { groupId: system.MessageGroupId }),
    ...(system.MessageDeduplicationId !== undefined && { dedupId: system.MessageDeduplicationId }),
    ...(system.SenderId !== undefined && { senderId: system.SenderId }),
    ...(system.AWSTraceHeader !== undefined && { traceHeader: system.AWSTraceHeader }),
  };
}

function attributesOf({ MessageAttributes }: Message): SentMessage['attributes'] {
  if (!MessageAttributes) return undefined;
  const attributes: Record<string, MessageAttribute> = {};
  for (const [name, { DataType = 'String', StringValue, BinaryValue }] of Object.entries(MessageAttributes)) {
    attributes[name] = {
      dataType: DataType,
      ...(StringValue !== undefined && { stringValue: StringValue }),
      ...(BinaryValue !== undefined && { binaryValue: Buffer.from(BinaryValue).toString('base64') }),
    };
  }
  return attributes;
}

/** What the SDK says, in one sentence; its errors hold no credentials. */
function unavailable(operation: string, error: unknown): QueueUnavailable {
  const { name = 'Error', message = '', code } = error as { name?: string; message?: string; code?: string };
  const what = code === undefined ? name : `${name} (${code})`;
  return new QueueUnavailable(`${operation} failed: ${what}${message ? `, ${message}` : ''}`, { cause: error });
}
