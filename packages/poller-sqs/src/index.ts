export { type NotDeleted, type QueueClient, type QueueFacts, QueueUnavailable, type Received } from './client.ts';
export { sdkClient, sqsSdk } from './loadSdk.ts';
export { type QueueSourceOptions, queueSource } from './queueSource.ts';
export type { SdkClientOptions } from './sdkClient.ts';
export { substrateClient } from './substrateClient.ts';
