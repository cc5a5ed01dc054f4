export {
  type ProblemKind,
  type ReadRecord,
  type SeenShard,
  type ShardClient,
  ShardProblem,
  type ShardRead,
  type ShardReader,
  type StreamFacts,
} from './client.ts';
export type { DynamodbStreamsClientOptions } from './dynamodbStreamsClient.ts';
export type { FanOutClientOptions } from './fanOutClient.ts';
export type { KinesisClientOptions } from './kinesisClient.ts';
export type { KinesisSdkOptions } from './kinesisSdk.ts';
export { dynamodbStreamsClient, fanOutClient, kinesisClient, kinesisSdk } from './loadSdk.ts';
export type { Place } from './place.ts';
export { type ShardSourceOptions, shardSource } from './shardSource.ts';
export { type SubstrateClientOptions, substrateClient } from './substrateClient.ts';
