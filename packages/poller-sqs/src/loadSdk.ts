/** The AWS SDK takes long to load: only who uses it waits for it. */
import type { SQSClient, SQSClientConfig } from '@aws-sdk/client-sqs';
import type { QueueClient } from './client.ts';
import type { SdkClientOptions } from './sdkClient.ts';

/** @throws {QueueUnavailable} when the queue cannot be reached or does not exist */
export async function sdkClient(options: SdkClientOptions): Promise<QueueClient> {
  const loaded = await import('./sdkClient.ts');
  return loaded.sdkClient(options);
}

/** A client of the SDK for SQS that costs less for each call: see sqsSdk.ts. */
export async function sqsSdk(config: SQSClientConfig): Promise<SQSClient> {
  const loaded = await import('./sqsSdk.ts');
  return loaded.sqsSdk(config);
}
