/** Documents to SNS topics, at any endpoint: each is the Message of an ordinary notification. */
import type { SNSClient } from '@aws-sdk/client-sns';
import type { Destination } from '@millrace/runtime';
import { arnOf } from './arn.ts';
import { type AwsOptions, clientConfig, Regional, timeoutOf } from './awsClient.ts';
import { awsFailure, documentOf, refuseFifo } from './failing.ts';

export function snsDestination(options: AwsOptions = {}): Destination {
  const timeoutMs = timeoutOf(options);
  const clients = new Regional<SNSClient>(async (region) => {
    const { SNSClient } = await import('@aws-sdk/client-sns');
    return new SNSClient(clientConfig('SNS', region, options));
  });
  return {
    async deliver({ destination: { arn: text }, message }) {
      const target = { name: `the topic ${text}`, action: 'sns:Publish', timeoutMs };
      const { region, resource } = arnOf(text, 'sns');
      refuseFifo(resource, 'topic', text);
      const publish = { TopicArn: text, Message: documentOf(message, target.name) };
      try {
        const { PublishCommand } = await import('@aws-sdk/client-sns');
        const client = await clients.of(region);
        await client.send(new PublishCommand(publish), { abortSignal: AbortSignal.timeout(timeoutMs) });
      } catch (error) {
        throw awsFailure(target, error);
      }
    },
    close: () => clients.close(),
  };
}
