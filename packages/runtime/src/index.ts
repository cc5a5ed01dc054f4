export { type Clock, newId, systemClock, type Timer } from './clock.ts';
export {
  attemptDelivery,
  deliveryBytes,
  isRefusal,
  type OutboxRules,
  outboxRules,
  pauseAfter,
  problemOf,
} from './drive/deliveryRules.ts';
export { FleetMapping, type FleetOptions, partsOfTurn } from './drive/fleetMapping.ts';
export { FunctionGate, type GateOptions } from './drive/functionGate.ts';
export { type JournalDifference, replayJournal } from './drive/journal.ts';
export { MappingDriver, type RunningMapping } from './drive/mappingDriver.ts';
export type { MappingOptions } from './drive/mappingOptions.ts';
export type { MappingCounts, Meter } from './drive/meter.ts';
export { type RegisteredOptions, registeredInvoker } from './drive/registeredInvoker.ts';
export { CallSignal, type SdkCall, sdkCalls, sdkProblem } from './drive/sdkCalls.ts';
export { type Spill, spillingInvoker } from './drive/spillingInvoker.ts';
export { type LiveEvent, type TraceListener, Tracer } from './drive/trace.ts';
export { type MemoryCheckpointsOptions, memoryCheckpoints } from './memory/checkpoints.ts';
export { type MemoryOutboxOptions, memoryOutbox } from './memory/outbox.ts';
export { memoryPermits } from './memory/permits.ts';
export { type MemoryQueuesOptions, memoryQueues } from './memory/queues.ts';
export { type MemoryStreamsOptions, memoryStreams } from './memory/streams.ts';
export { type MemoryTopicsOptions, memoryTopics } from './memory/topics.ts';
export { type Packed, packed, unpacked } from './packed.ts';
export type { Board, BoardFact } from './ports/board.ts';
export type { Checkpoints, Progress, Scope } from './ports/checkpoints.ts';
export type {
  FunctionDefinition,
  Invocation,
  InvocationRefusal,
  InvocationResult,
  Invoker,
  LostBecause,
} from './ports/invoker.ts';
export type { Journal, JournalEntry } from './ports/journal.ts';
export {
  type Deliver,
  DeliveryRefused,
  type DeliveryResult,
  type Destination,
  type FailureDelivery,
  type FailureMessage,
  type Outbox,
  type OutboxWorker,
  type ServedOutbox,
} from './ports/outbox.ts';
export type { PermitAsk, Permits } from './ports/permits.ts';
export {
  type Deleted,
  NoSuchQueue,
  type Queue,
  type QueueChange,
  type QueueDefinition,
  type Queues,
  queueNameOf,
  type Receipt,
  type ReceiveAsk,
  type VisibilityChanged,
} from './ports/queue.ts';
export type { AttemptBegun, Begun, Epochs, InFlight, Owner, Register } from './ports/register.ts';
export type {
  Acknowledged,
  LostMessage,
  MappingSource,
  PollerEvents,
  PollerOpening,
  PollerSource,
} from './ports/source.ts';
export {
  NoSuchStream,
  type PutOutcome,
  type RecordPut,
  type Resharded,
  type ShardAsk,
  type ShardReceipt,
  type StoredShard,
  type Stream,
  type StreamChange,
  type StreamDefinition,
  type StreamRecord,
  type Streams,
} from './ports/stream.ts';
export {
  type Membership,
  NoSuchTopic,
  OtherTopic,
  type PartitionAsk,
  type PartitionReceipt,
  type RecordProduced,
  type Topic,
  type TopicDefinition,
  type TopicGroup,
  type TopicRead,
  type Topics,
  topicRecordBytes,
} from './ports/topic.ts';
export type { Turn, TurnHandler, Turns } from './ports/turns.ts';
export { within } from './within.ts';
