export { type KafkaAccess, kafkaAccess } from './access.ts';
export {
  type Assignment,
  type CommittedOffset,
  type GroupMember,
  type MemberEvents,
  type Taker,
  type TopicClient,
  type TopicFacts,
  TopicUnavailable,
} from './client.ts';
export type { KafkaClientOptions } from './kafka/kafkaClient.ts';
export { type TopicLag, topicLag } from './lag.ts';
export { kafkaClient } from './loadKafka.ts';
export { type Environment, readSecret, type Secret, SecretMissing, secretName } from './secrets.ts';
export { type SubstrateClientOptions, substrateTopicClient } from './substrate/substrateClient.ts';
export { type TopicSourceOptions, topicSource } from './topicSource.ts';
