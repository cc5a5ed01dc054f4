export { type NotDeleted, type QueueClient, type QueueFacts, QueueUnavailable, type Received } from './client.ts';
export { type QueueSourceOptions, queueSource } from './queueSource.ts';
export { type SdkClientOptions, sdkClient } from './sdkClient.ts';
export { substrateClient } from './substrateClient.ts';
