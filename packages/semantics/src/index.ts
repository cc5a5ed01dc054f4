export { causeText } from './causeText.ts';
export { decodedText } from './filter/decoded.ts';
export {
  type CompiledFilters,
  type CompiledPattern,
  compileFilters,
  compilePattern,
  type FilterOptions,
  type FilterVerdict,
  matchesFilters,
  matchesPattern,
  type PatternRefused,
} from './filter/index.ts';
export {
  type Admission,
  admit,
  type FunctionLimits,
  type FunctionUsage,
  HOLDER,
  hasUnreservedMinimum,
  UNRESERVED_MINIMUM_TEXT,
} from './function/admit.ts';
export type { ListedShard, MappingFact, MappingOrder } from './mapping/facts.ts';
export {
  createLifecycle,
  isInUse,
  type Lifecycle,
  type LifecycleAnswer,
  type LifecycleRequest,
  type LifecycleState,
  requestLifecycle,
  type SettledState,
  settleLifecycle,
  stateTransitionReason,
  type TransitionTimes,
} from './mapping/lifecycle.ts';
export { LIST_EVERY_MS } from './mapping/lineage.ts';
export {
  KAFKA_PROVISIONED_BATCHES,
  type MappingPolicy,
  mappingPolicy,
  SQS_POLLER,
  type SqsScaling,
} from './mapping/policy.ts';
export { DEFAULT_CHOICES, type PollerChoices, pollerConfig, type Surroundings } from './mapping/pollerConfig.ts';
export type {
  FailureDestination,
  MappingSettings,
  MetricsGroup,
  ProvisionedPollers,
  StartingPosition,
} from './mapping/settings.ts';
export { createMapping, type MappingState } from './mapping/state.ts';
export { stepMapping } from './mapping/step.ts';
export {
  type Backoff,
  backoffMs,
  isKafka,
  isQueue,
  isSharded,
  type PollerConfig,
  REQUEST_LIMIT_BYTES,
  retryLimit,
  STREAM_BACKOFF,
} from './poller/config.ts';
export type {
  DiscardOrder,
  FetchOrder,
  InvokeOrder,
  LaneSave,
  LedgerSave,
  NoteOrder,
  PartitionStart,
  PieceSave,
  PollerFact,
  PollerOrder,
  SavedPoller,
  SaveOrder,
  Step,
  WindowCall,
} from './poller/facts.ts';
export { type Again, type Discard, type JudgedAttempt, judge, type Part, take, type Verdict } from './poller/judge.ts';
export { slotOf } from './poller/lanes.ts';
export {
  applyLanes,
  applyLedger,
  comparePositions,
  isIdle,
  loadSaved,
  type PositionOrder,
  type SavedLanes,
  type SavedLedger,
  savedLanes,
  savedLedger,
} from './poller/savedProgress.ts';
export { createPoller, type PollerState } from './poller/state.ts';
export { stepPoller } from './poller/step.ts';
export { IDLE_WINDOW_MS, WINDOW_STATE_LIMIT_BYTES } from './poller/window.ts';
export { isRuleId, type RuleId, rules, sentence } from './rules/index.ts';
export type { Grade, Rule, RuleData, RuleTable } from './rules/rule.ts';
export { acceptDeadLetter, acceptMoved, takeForMove } from './sources/deadLetter.ts';
export {
  type AssignmentStrategy,
  assignmentOf,
  type CommitOutcome,
  commitOffsets,
  createGroup,
  type GroupMember,
  type GroupOptions,
  type GroupState,
  joinConsumerGroup,
  lagOf,
  leaveConsumerGroup,
  type OffsetLag,
  offsetLag,
  rebalance,
  type StartingOffset,
  startingOffset,
} from './sources/group.ts';
export {
  ITERATOR_LIFETIME_MS,
  isIteratorExpired,
  iteratorText,
  readIterator,
  type ShardIterator,
} from './sources/iterators.ts';
export { murmur2, partitionOfKey } from './sources/keyHash.ts';
export {
  arrivalAt,
  type ExpiredRecords,
  type Log,
  type LogRead,
  type LogSpan,
  placedAt,
  type ReadLimit,
  recordAt,
} from './sources/logs.ts';
export { countPut, fitsAt, KINESIS_PUT_LIMITS, type PutLimits } from './sources/putLimits.ts';
export {
  type DeadLetter,
  type HeldBack,
  heldBack,
  MAX_RECEIVE,
  type QueueReceipt,
  receiveMessages,
} from './sources/queueReceive.ts';
export {
  DEDUPLICATION_INTERVAL_MS,
  fifoSequenceNumber,
  type QueueTools,
  type SendOutcome,
  sendBatch,
  sendMessage,
  sendRefusal,
} from './sources/queueSend.ts';
export {
  changeVisibility,
  type DeleteOutcome,
  deleteMessage,
  MAX_VISIBILITY_MS,
  type Purged,
  purgeQueue,
  type VisibilityOutcome,
} from './sources/queueSettle.ts';
export {
  countQueue,
  createQueue,
  expireQueue,
  firstReceivable,
  nextExpiryAt,
  nextVisibleAt,
  type QueueCounts,
  type QueueOptions,
  type QueueState,
  type StoredMessage,
} from './sources/queueState.ts';
export {
  countRead,
  countReadBytes,
  GET_RECORDS_LIMITS,
  KINESIS_READ_LIMITS,
  type ReadLimits,
  type ReadWindow,
  readableAt,
  UNREAD,
} from './sources/readLimits.ts';
export type {
  AttributeMap,
  AttributeValue,
  ChangeRecord,
  KinesisRecord,
  MessageAttribute,
  Placed,
  ReceivedMessage,
  SentMessage,
  TopicRecord,
} from './sources/records.ts';
export { mergeShards, type ReshardOutcome, splitShard } from './sources/resharding.ts';
export {
  indexOfSequenceNumber,
  sequenceNumber,
  sequenceNumberRange,
  sequencePrefix,
} from './sources/sequenceNumbers.ts';
export {
  appendToShard,
  createStream,
  endIndexOf,
  expireStream,
  findShard,
  forgetShard,
  type HashKey,
  listShards,
  logOf,
  nextStreamExpiryAt,
  readShard,
  type Shard,
  type ShardRead,
  type ShardSpan,
  STREAM_RETENTION_MS,
  type StreamKind,
  type StreamOptions,
  type StreamState,
  shardFor,
  spanOfShard,
  startingIndex,
} from './sources/shards.ts';
export {
  addPartitions,
  createTopic,
  earliestOffset,
  expireTopic,
  forgetPartition,
  latestOffset,
  nextTopicExpiryAt,
  offsetOf,
  type PartitionOffsets,
  type Produced,
  partitionCount,
  partitionOffsets,
  produce,
  readPartition,
  type TopicOptions,
  type TopicState,
} from './sources/topic.ts';
export type { CreatedMapping, TraceHeader, TraceLine, TraceWhat } from './trace/line.ts';
export type {
  ClosedBy,
  DecodedData,
  DiscardCondition,
  FilterView,
  Millis,
  Outcome,
  PolledRecord,
  Position,
  SourceKind,
} from './vocabulary.ts';
