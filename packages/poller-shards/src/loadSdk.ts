/** The AWS SDK takes long to load: only who uses it waits for it. */

import type { KinesisClient } from '@aws-sdk/client-kinesis';
import type { ShardClient } from './client.ts';
import type { DynamodbStreamsClientOptions } from './dynamodbStreamsClient.ts';
import type { FanOutClientOptions } from './fanOutClient.ts';
import type { KinesisClientOptions } from './kinesisClient.ts';
import type { KinesisSdkOptions } from './kinesisSdk.ts';

/** A client for AWS, or for any endpoint, also one that does not speak HTTP/2. */
export async function kinesisSdk(options: KinesisSdkOptions): Promise<KinesisClient> {
  const loaded = await import('./kinesisSdk.ts');
  return loaded.kinesisSdk(options);
}

export async function kinesisClient(options: KinesisClientOptions): Promise<ShardClient> {
  const loaded = await import('./kinesisClient.ts');
  return loaded.kinesisClient(options);
}

export async function fanOutClient(options: FanOutClientOptions): Promise<ShardClient> {
  const loaded = await import('./fanOutClient.ts');
  return loaded.fanOutClient(options);
}

export async function dynamodbStreamsClient(options: DynamodbStreamsClientOptions): Promise<ShardClient> {
  const loaded = await import('./dynamodbStreamsClient.ts');
  return loaded.dynamodbStreamsClient(options);
}
