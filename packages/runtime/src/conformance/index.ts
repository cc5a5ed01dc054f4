export type { CheckpointCase, CheckpointSubject } from './checkpointSubject.ts';
export { checkpointCases } from './checkpoints.ts';
export { type InvokerAbility, type InvokerCase, type InvokerSubject, invokerCases } from './invoker.ts';
export { type OrderedCase, orderedCases } from './orderedCases.ts';
export type {
  OrderedRecord,
  OrderedSubject,
  OrderedUnderTest,
  SeenRecord,
} from './orderedSubject.ts';
export { outboxCases, sharedOutboxCases } from './outbox.ts';
export { deliveryOf, type OutboxCase, type OutboxSubject } from './outboxSubject.ts';
export { type PollerCase, pollerCases } from './pollerCases.ts';
export type { PollerSubject, QueueShape, QueueUnderTest } from './pollerSubject.ts';
export { queueCases } from './queue.ts';
export type { QueueCase, QueueSubject } from './queueSubject.ts';
export { streamCases } from './stream.ts';
export type { StreamCase, StreamSubject } from './streamSubject.ts';
export { topicCases } from './topic.ts';
export type { TopicCase, TopicSubject } from './topicSubject.ts';
