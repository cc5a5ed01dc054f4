/** The AWS SDK's SQS client as every live command makes it. */
import type { SQSClient, SQSClientConfig } from '@aws-sdk/client-sqs';
import { awsConfig, unlogged } from './awsConfig.ts';

/** `endpoint: undefined` leaves it to the SDK: AWS itself, or what AWS_ENDPOINT_URL and the profile say. */
export async function sqsClient(
  endpoint: string | undefined,
  region: string | undefined,
  config: SQSClientConfig,
): Promise<SQSClient> {
  const common = awsConfig(endpoint, region);
  const { SQSClient: Client } = await import('@aws-sdk/client-sqs');
  return unlogged(new Client({ ...config, ...common }));
}
