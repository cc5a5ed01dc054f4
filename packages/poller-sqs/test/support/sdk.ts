/** Queues behind an SQS endpoint as the poller suite wants them, made, filled and read by the AWS SDK alone. */
import { type Message, SQS, type SQSClient } from '@aws-sdk/client-sqs';
import { queueSource, sdkClient, sqsSdk } from '@millrace/poller-sqs';
import { newId, systemClock } from '@millrace/runtime';
import type { PollerSubject, QueueShape, QueueUnderTest } from '@millrace/runtime/conformance';
import type { SentMessage } from '@millrace/semantics';

const REGION = 'us-east-1';
const SENDS_AT_ONCE = 10;

const settingsOf = (endpoint: string) => ({
  endpoint,
  region: REGION,
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  requestHandler: { httpAgent: { maxSockets: 500 } },
});

/** For the test's own questions. */
export function clientOf(endpoint: string): SQS {
  return new SQS(settingsOf(endpoint));
}

/** By endpoint: what pollers ask with, as `millrace up` makes it. */
const pollerClients = new Map<string, Promise<SQSClient>>();

export function pollerClientOf(endpoint: string): Promise<SQSClient> {
  const client = pollerClients.get(endpoint) ?? sqsSdk(settingsOf(endpoint));
  pollerClients.set(endpoint, client);
  return client;
}

/** Makes a queue of a name that nobody else has; answers its URL and ARN. */
async function makeQueue(sqs: SQS, shape: QueueShape, deadLetterArn?: string) {
  const { QueueUrl: queueUrl = '' } = await sqs.createQueue({
    QueueName: `poller-${newId()}${shape.fifo ? '.fifo' : ''}`,
    Attributes: {
      VisibilityTimeout: String(shape.visibilityTimeoutMs / 1000),
      ...(shape.fifo && { FifoQueue: 'true' }),
      ...(deadLetterArn !== undefined && {
        RedrivePolicy: JSON.stringify({
          deadLetterTargetArn: deadLetterArn,
          maxReceiveCount: shape.maxReceiveCount ?? 1,
        }),
      }),
    },
  });
  const { Attributes } = await sqs.getQueueAttributes({ QueueUrl: queueUrl, AttributeNames: ['QueueArn'] });
  return { queueUrl, arn: Attributes?.QueueArn ?? '' };
}

export function sdkSubject(sqs: SQS): PollerSubject {
  return {
    async queue(shape) {
      const letters = await makeQueue(sqs, shape);
      const { queueUrl, arn } = await makeQueue(sqs, shape, shape.maxReceiveCount ? letters.arn : undefined);
      return new SdkQueue(sqs, queueUrl, arn, letters.queueUrl);
    },
  };
}

class SdkQueue implements QueueUnderTest {
  readonly arn: string;
  readonly #sqs: SQS;
  readonly #queueUrl: string;
  readonly #lettersUrl: string;
  readonly #letters: string[] = [];

  constructor(sqs: SQS, queueUrl: string, arn: string, lettersUrl: string) {
    this.#sqs = sqs;
    this.#queueUrl = queueUrl;
    this.arn = arn;
    this.#lettersUrl = lettersUrl;
  }

  async source(batchWindowMs: number) {
    const asks = await pollerClientOf(new URL(this.#queueUrl).origin);
    const client = await sdkClient({ client: asks, queueUrl: this.#queueUrl, clock: systemClock });
    return queueSource({ client, arn: this.arn, region: REGION, batchWindowMs, clock: systemClock });
  }

  async send(messages: readonly SentMessage[]): Promise<void> {
    for (let at = 0; at < messages.length; at += SENDS_AT_ONCE) {
      const Entries = messages.slice(at, at + SENDS_AT_ONCE).map(({ body, groupId, dedupId }, index) => ({
        Id: String(index),
        MessageBody: body,
        ...(groupId !== undefined && { MessageGroupId: groupId }),
        ...(dedupId !== undefined && { MessageDeduplicationId: dedupId }),
      }));
      const { Failed = [] } = await this.#sqs.sendMessageBatch({ QueueUrl: this.#queueUrl, Entries });
      if (Failed.length > 0) throw new Error(`not sent: ${JSON.stringify(Failed)}`);
    }
  }

  async left(): Promise<number> {
    const { Attributes = {} } = await this.#sqs.getQueueAttributes({
      QueueUrl: this.#queueUrl,
      AttributeNames: ['All'],
    });
    const { ApproximateNumberOfMessages: visible, ApproximateNumberOfMessagesNotVisible: inFlight } = Attributes;
    return Number(visible) + Number(inFlight) + Number(Attributes.ApproximateNumberOfMessagesDelayed ?? 0);
  }

  /** Takes them out: whoever only looks would hide them from the next look. */
  async deadLetters(): Promise<readonly string[]> {
    const QueueUrl = this.#lettersUrl;
    const { Messages = [] } = await this.#sqs.receiveMessage({ QueueUrl, MaxNumberOfMessages: 10 });
    for (const { Body, ReceiptHandle } of Messages satisfies Message[]) {
      this.#letters.push(Body ?? '');
      await this.#sqs.deleteMessage({ QueueUrl, ReceiptHandle });
    }
    return this.#letters;
  }
}
