/**
 * A queue behind an SQS endpoint as the target of `millrace send`. The SDK repeats nothing by itself here: whether a
 * repetition may put a message there twice is counted and told.
 */
import {
  type BatchResultErrorEntry,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { MessageAttribute, SentMessage } from '@millrace/semantics';
import { UsageError } from '../errors.ts';
import { type QueueName, SendFailed, type SendTarget, type Sent } from './sendTarget.ts';
import { sqsClient } from './sqsClient.ts';

const CONNECTS_WITHIN_MS = 5000;
const ANSWERS_WITHIN_MS = 30_000;
const MOST_SOCKETS = 64;

export async function sdkTarget(queue: QueueName, endpoint: string | undefined): Promise<SendTarget> {
  const client = await clientOf(queue, endpoint);
  const place = endpoint ?? 'the endpoint of the AWS SDK';
  try {
    const queueUrl = queue.url ?? (await urlOf(client, queue.name));
    const attributes = await attributesOf(client, queueUrl);
    return {
      queue: queue.name,
      place,
      fifo: queue.name.endsWith('.fifo'),
      contentBasedDeduplication: attributes.ContentBasedDeduplication === 'true',
      send: (messages) => send(client, queueUrl, messages),
      close: () => client.destroy(),
    };
  } catch (cause) {
    client.destroy();
    const { perhapsSent: _, what } = read(cause);
    throw new UsageError(`The queue ${queue.name} cannot be used at ${place}: ${what}.`, { cause });
  }
}

function clientOf({ region }: QueueName, endpoint: string | undefined): Promise<SQSClient> {
  return sqsClient(endpoint, region, {
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: CONNECTS_WITHIN_MS,
      requestTimeout: ANSWERS_WITHIN_MS,
      throwOnRequestTimeout: true,
      httpAgent: { maxSockets: MOST_SOCKETS },
      httpsAgent: { maxSockets: MOST_SOCKETS },
    },
  });
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

async function send(client: SQSClient, queueUrl: string, messages: readonly SentMessage[]): Promise<readonly Sent[]> {
  const command = new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: messages.map(entryOf) });
  const { Failed = [] } = await client.send(command).catch(failed);
  const failures = new Map(Failed.map((entry) => [Number(entry.Id), entry]));
  return messages.map((_, index) => sentOf(failures.get(index)));
}

function sentOf(failure: BatchResultErrorEntry | undefined): Sent {
  if (!failure) return { kind: 'sent' };
  const because = [failure.Code, failure.Message].filter(Boolean).join(', ');
  return failure.SenderFault ? { kind: 'refused', because } : { kind: 'again', because };
}

function entryOf(message: SentMessage, index: number): SendMessageBatchRequestEntry {
  const { body, attributes, groupId, dedupId, delayMs, traceHeader } = message;
  return {
    Id: String(index),
    MessageBody: body,
    ...(attributes && { MessageAttributes: attributesOnWire(attributes) }),
    ...(groupId !== undefined && { MessageGroupId: groupId }),
    ...(dedupId !== undefined && { MessageDeduplicationId: dedupId }),
    ...(delayMs !== undefined && { DelaySeconds: Math.ceil(delayMs / 1000) }),
    ...(traceHeader !== undefined && {
      MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: traceHeader } },
    }),
  };
}

function attributesOnWire(attributes: Readonly<Record<string, MessageAttribute>>) {
  const onWire = ({ dataType, stringValue, binaryValue }: MessageAttribute) => ({
    DataType: dataType,
    ...(stringValue !== undefined && { StringValue: stringValue }),
    ...(binaryValue !== undefined && { BinaryValue: Buffer.from(binaryValue, 'base64') }),
  });
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, onWire(value)]));
}

function failed(cause: unknown): never {
  const { what, perhapsSent, passes } = read(cause);
  throw new SendFailed(what, { perhapsSent, passes, cause });
}

/** Errors of connections that were never made. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** What an error of the SDK means. The first line of its text is its sentence; others may quote the request. */
function read(error: unknown): { readonly what: string; readonly perhapsSent: boolean; readonly passes: boolean } {
  const { name, message, code, $metadata } = error as Error & {
    readonly code?: string;
    readonly $metadata?: { readonly httpStatusCode?: number };
  };
  const [said = ''] = (message ?? '').split('\n', 1);
  const what = [code ?? name, said.replace(/\.$/, '').slice(0, 300)].filter(Boolean).join(', ');
  const status = $metadata?.httpStatusCode;
  if (/Credential|Config|Region/.test(`${name} ${said}`) && status === undefined) return { what, ...NEVER };
  if (status === undefined) {
    const wasNever =
      NEVER_SENT.has(code ?? '') || /connect timed out|connection timeout|within .* ms to connect/i.test(said);
    return { what, perhapsSent: !wasNever, passes: true };
  }
  if (status === 429 || status === 503 || /Throttl|TooManyRequests|SlowDown/.test(name)) {
    return { what, perhapsSent: false, passes: true };
  }
  return status >= 500 ? { what, perhapsSent: true, passes: true } : { what, ...NEVER };
}

const NEVER = { perhapsSent: false, passes: false } as const;
