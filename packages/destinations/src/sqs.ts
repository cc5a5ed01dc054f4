/** Documents to SQS queues, at any endpoint. A queue's URL is asked for once, with the account that its ARN names. */
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Arn } from '@millrace/aws-shapes';
import type { Destination, FailureDelivery } from '@millrace/runtime';
import { arnOf } from './arn.ts';
import { type AwsOptions, clientConfig, Regional, timeoutOf } from './awsClient.ts';
import { awsFailure, documentOf, refuseFifo } from './failing.ts';

export function sqsDestination(options: AwsOptions = {}): Destination {
  return new SqsDestination(options);
}

class SqsDestination implements Destination {
  readonly #timeoutMs: number;
  readonly #clients: Regional<SQSClient>;
  readonly #urls = new Map<string, string>();

  constructor(options: AwsOptions) {
    this.#timeoutMs = timeoutOf(options);
    this.#clients = new Regional(async (region) => {
      const { SQSClient } = await import('@aws-sdk/client-sqs');
      return new SQSClient(clientConfig('SQS', region, options));
    });
  }

  readonly deliver = async ({ destination: { arn: text }, message }: FailureDelivery): Promise<void> => {
    const target = { name: `the queue ${text}`, action: 'sqs:SendMessage', timeoutMs: this.#timeoutMs };
    const arn = arnOf(text, 'sqs');
    refuseFifo(arn.resource, 'queue', text);
    const body = documentOf(message, target.name);
    try {
      await this.#send(text, arn, body, AbortSignal.timeout(this.#timeoutMs));
    } catch (error) {
      // It may be another queue that has this name next.
      this.#urls.delete(text);
      throw awsFailure(target, error);
    }
  };

  close(): Promise<void> {
    return this.#clients.close();
  }

  async #send(text: string, arn: Arn, body: string, abortSignal: AbortSignal): Promise<void> {
    const { GetQueueUrlCommand, SendMessageCommand } = await import('@aws-sdk/client-sqs');
    const client = await this.#clients.of(arn.region);
    let url = this.#urls.get(text);
    if (url === undefined) {
      const { resource: QueueName, accountId: QueueOwnerAWSAccountId } = arn;
      const ask = new GetQueueUrlCommand({ QueueName, ...(QueueOwnerAWSAccountId && { QueueOwnerAWSAccountId }) });
      url = (await client.send(ask, { abortSignal })).QueueUrl ?? '';
      this.#urls.set(text, url);
    }
    await client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: body }), { abortSignal });
  }
}
