/** A queue behind the AWS SDK: AWS itself, ElasticMQ, Millrace's gateway, or whatever else speaks SQS. */
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { type CallSignal, type Clock, sdkCalls } from '@millrace/runtime';
import type { MessageAttribute, Millis, ReceivedMessage, SentMessage } from '@millrace/semantics';
import { type NotDeleted, type QueueClient, type QueueFacts, QueueUnavailable } from './client.ts';
import { type Sending, sending } from './sqsSdk.ts';

/** The most entries of a batch request. */
const ENTRIES_AT_ONCE = 10;
/** How long an answer may have been on its way: messages are counted as visible again so much earlier. */
const ROUND_TRIP_MS = 100;
/** A server that has not answered so long after it should have is asked anew: it may be gone without a word. */
const LATE_MS = 10_000;
/** The queue's own visibility timeout may change while it is polled. */
const FACTS_HOLD_MS = 60_000;

export interface SdkClientOptions {
  readonly client: SQSClient;
  readonly queueUrl: string;
  readonly clock: Clock;
  /** How late an answer may be; 10 s when absent. */
  readonly lateMs?: Millis;
}

/** @throws {QueueUnavailable} when the queue cannot be reached or does not exist */
export async function sdkClient({ client, queueUrl, clock, lateMs = LATE_MS }: SdkClientOptions): Promise<QueueClient> {
  const sent = sdkCalls(clock, (sentence, cause) => new QueueUnavailable(sentence, { cause }));
  const call: Call = (operation, send, waitMs = 0, signal) => sent(operation, send, waitMs + lateMs, signal);
  const sends = sending(client);
  const facts = new Facts(() => readFacts(sends, queueUrl, call), clock);
  await facts.read();
  return {
    deletesAtOnce: ENTRIES_AT_ONCE,
    endsCleanly: false,
    facts: () => facts.read(),
    async receive({ max, visibilityMs, waitMs, signal }) {
      const waitSeconds = Math.min(20, Math.floor(waitMs / 1000));
      const command = new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: max,
        WaitTimeSeconds: waitSeconds,
        MessageSystemAttributeNames: ['All'],
        MessageAttributeNames: ['All'],
        ...(visibilityMs !== undefined && { VisibilityTimeout: Math.ceil(visibilityMs / 1000) }),
      });
      const askedMs = clock.now();
      const send = (ending: CallSignal) => sends(command, ending);
      const answer = await call('ReceiveMessage', send, waitSeconds * 1000, signal).catch((error) => {
        if (signal.aborted) return { Messages: [] };
        facts.doubt();
        throw error;
      });
      const { Messages = [] } = answer;
      if (Messages.length === 0) return { messages: [] };
      // Hidden from when the server took them: not before it was asked, nor long before its answer was here.
      const receivedMs = waitSeconds > 0 ? Math.max(askedMs, clock.now() - ROUND_TRIP_MS) : askedMs;
      const visibleAtMs = receivedMs + (visibilityMs ?? facts.known.visibilityTimeoutMs);
      return { messages: Messages.map((message) => receivedMessage(message, visibleAtMs)) };
    },
    delete: (receiptHandles) => deleteBatch(sends, queueUrl, receiptHandles, facts.known.fifo, call),
    giveBack: (receiptHandles) => giveBack(sends, queueUrl, receiptHandles, call),
  };
}

/** Carries out a call. @throws {QueueUnavailable} when it fails, when no answer comes in time, or when it is ended */
type Call = <T>(
  operation: string,
  send: (signal: CallSignal) => Promise<T>,
  waitMs?: Millis,
  signal?: AbortSignal,
) => Promise<T>;

/** What is known of the queue. It is read again now and then, beside the receives. */
class Facts {
  readonly #ask: () => Promise<QueueFacts>;
  readonly #clock: Clock;
  #known: QueueFacts | undefined;
  #readMs = Number.NEGATIVE_INFINITY;

  constructor(ask: () => Promise<QueueFacts>, clock: Clock) {
    this.#ask = ask;
    this.#clock = clock;
  }

  async read(): Promise<QueueFacts> {
    this.#readMs = this.#clock.now();
    this.#known = await this.#ask();
    return this.#known;
  }

  get known(): QueueFacts {
    if (!this.#known) throw new Error('the queue was never asked what it is');
    // Until the answer is here, and where none comes, what was known before serves.
    if (this.#clock.now() - this.#readMs >= FACTS_HOLD_MS) this.read().catch(() => {});
    return this.#known;
  }

  /** It may not be the same queue that answers next. */
  doubt(): void {
    this.#readMs = Number.NEGATIVE_INFINITY;
  }
}

async function readFacts(sends: Sending, queueUrl: string, call: Call): Promise<QueueFacts> {
  const command = new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['All'] });
  const { Attributes = {} } = await call('GetQueueAttributes', (signal) => sends(command, signal));
  return {
    fifo: Attributes.FifoQueue === 'true' || queueUrl.endsWith('.fifo'),
    visibilityTimeoutMs: Number(Attributes.VisibilityTimeout ?? 30) * 1000,
    retentionMs: Number(Attributes.MessageRetentionPeriod ?? 345_600) * 1000,
  };
}

async function deleteBatch(
  sends: Sending,
  queueUrl: string,
  receiptHandles: readonly string[],
  fifo: boolean,
  call: Call,
): Promise<readonly NotDeleted[]> {
  const Entries = receiptHandles.map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle }));
  const command = new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries });
  const { Failed = [] } = await call('DeleteMessageBatch', (signal) => sends(command, signal));
  return Failed.flatMap(({ Id, SenderFault }) => {
    const receiptHandle = receiptHandles[Number(Id)];
    return receiptHandle === undefined ? [] : [notDeleted(receiptHandle, SenderFault === true, fifo)];
  });
}

/** A FIFO queue refuses handles that have expired; what is not the sender's fault may work another time. */
function notDeleted(receiptHandle: string, isRefused: boolean, fifo: boolean): NotDeleted {
  if (!isRefused) return { receiptHandle, again: true };
  return fifo ? { receiptHandle, rule: 'sqs.fifo-expired-handle-refused' } : { receiptHandle };
}

async function giveBack(
  sends: Sending,
  queueUrl: string,
  receiptHandles: readonly string[],
  call: Call,
): Promise<void> {
  for (let at = 0; at < receiptHandles.length; at += ENTRIES_AT_ONCE) {
    const Entries = receiptHandles
      .slice(at, at + ENTRIES_AT_ONCE)
      .map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle, VisibilityTimeout: 0 }));
    const command = new ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl, Entries });
    await call('ChangeMessageVisibilityBatch', (signal) => sends(command, signal));
  }
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

function receivedMessage(message: Message, visibleAtMs: Millis): ReceivedMessage {
  const system = (message.Attributes ?? {}) as Readonly<Record<string, string | undefined>>;
  const { SentTimestamp, SequenceNumber, DeadLetterQueueSourceArn } = system;
  const sentAtMs = Number(SentTimestamp ?? 0);
  const received: Writable<ReceivedMessage> = {
    messageId: message.MessageId ?? '',
    receiptHandle: message.ReceiptHandle ?? '',
    sent: sentMessage(message, system),
    sentAtMs,
    receiveCount: Number(system.ApproximateReceiveCount ?? 1),
    firstReceivedAtMs: Number(system.ApproximateFirstReceiveTimestamp ?? sentAtMs),
    visibleAtMs,
  };
  // The SDK has compared it with the body.
  if (message.MD5OfBody !== undefined) received.md5OfBody = message.MD5OfBody;
  if (SequenceNumber !== undefined) received.sequenceNumber = SequenceNumber;
  if (DeadLetterQueueSourceArn !== undefined) received.deadLetterSourceArn = DeadLetterQueueSourceArn;
  return received;
}

function sentMessage(message: Message, system: Readonly<Record<string, string | undefined>>): SentMessage {
  const { MessageGroupId, MessageDeduplicationId, SenderId, AWSTraceHeader } = system;
  const sent: Writable<SentMessage> = { body: message.Body ?? '' };
  const attributes = attributesOf(message);
  if (attributes) sent.attributes = attributes;
  if (MessageGroupId !== undefined) sent.groupId = MessageGroupId;
  if (MessageDeduplicationId !== undefined) sent.dedupId = MessageDeduplicationId;
  if (SenderId !== undefined) sent.senderId = SenderId;
  if (AWSTraceHeader !== undefined) sent.traceHeader = AWSTraceHeader;
  return sent;
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
