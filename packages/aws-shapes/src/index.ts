export {
  type ErrorPayload,
  errorPayload,
  type FunctionAnswer,
  responseBytes,
  returnedAnswer,
  thrownAnswer,
} from './answers/function-answer.ts';
export { type AnswerOptions, readAnswer } from './answers/read-answer.ts';
export type { ItemIdentifier, KafkaIdentifier } from './answers/report.ts';
export {
  changedConfiguration,
  type Filter,
  type KafkaEventSourceConfig,
  type MappingConfiguration,
  type MappingIdentity,
  type MappingParameters,
  newConfiguration,
  noRecordsProcessed,
  type ProvisionedPollerConfig,
  processedOk,
  processedWithProblem,
  type SourceAccessConfiguration,
} from './configuration/configuration.ts';
export {
  conflict,
  type ErrorCode,
  errorBody,
  inUse,
  invalidParameter,
  notFound,
  type Refusal,
  validation,
} from './errors.ts';
export type { Arrived } from './events/arrived.ts';
export { decodeBase64, decodedLength } from './events/base64.ts';
export type { EventContext } from './events/context.ts';
export { contentDeduplicationId, md5OfMessageAttributes } from './events/digests.ts';
export {
  type DynamodbEntry,
  type DynamodbEventContext,
  type DynamodbEventOptions,
  dynamodbEntry,
  dynamodbEntryBytes,
  dynamodbEventContext,
  type SourcedChange,
  type StreamViewType,
  streamRecordSizeBytes,
} from './events/dynamodb.ts';
export {
  emptyWindowEnvelopeBytes,
  eventBytes,
  isoMillis,
  isoSeconds,
  RECORDS_ENVELOPE_BYTES,
  REQUEST_LIMIT_BYTES,
  RESPONSE_LIMIT_BYTES,
  type RecordsEvent,
  recordsEvent,
  SEPARATOR_BYTES,
  WINDOW_STATE_LIMIT_BYTES,
  type WindowContext,
  type WindowEvent,
  windowEnvelopeBytes,
  windowEvent,
} from './events/envelope.ts';
export { itemSizeBytes, numberSizeBytes } from './events/item-size.ts';
export { integerBytes, jsonBytes, jsonStringBytes, utf8Bytes } from './events/json-bytes.ts';
export {
  type KafkaEntry,
  type KafkaEvent,
  type KafkaEventContext,
  type KafkaEventOptions,
  kafkaEntry,
  kafkaEntryBytes,
  kafkaEvent,
  kafkaEventContext,
  kafkaPartitionBytes,
  topicPartition,
} from './events/kafka.ts';
export {
  type KinesisEntry,
  type KinesisEventContext,
  type KinesisEventOptions,
  kinesisEntry,
  kinesisEntryBytes,
  kinesisEventContext,
} from './events/kinesis.ts';
export { md5Hex, md5HexOfBytes } from './events/md5.ts';
export { eventRules, type LambdaEvent, type RecordsEntry } from './events/rules.ts';
export {
  dynamodbShardFormat,
  type KinesisFormatOptions,
  kinesisShardFormat,
  type ShardFormat,
  type ShardRecord,
} from './events/shards.ts';
export {
  type SqsEntry,
  type SqsEventContext,
  type SqsEventOptions,
  type SqsMessageAttribute,
  sqsEntry,
  sqsEntryBytes,
  sqsEventContext,
} from './events/sqs.ts';
export {
  type FailureFacts,
  type FailureHead,
  type FailureRecord,
  failureRecord,
  type KafkaBatchInfo,
  type PartitionRun,
  type RecordsInfo,
  type RequestContext,
  type ResponseContext,
  type ShardBatch,
  type ShardBatchInfo,
  type TopicBatch,
} from './failures/failure-record.ts';
export { type Notification, notification } from './failures/notification.ts';
export { type FailureObject, failureObject, failureObjectKey } from './failures/object.ts';
export { type DestinationKind, failureRules } from './failures/rules.ts';
export {
  type KafkaRecordInfo,
  type TopicFailureRecord,
  type TopicMessage,
  topicMessages,
} from './failures/topic-messages.ts';
export { type FailureParts, type WrittenFailure, writeFailure } from './failures/written-failure.ts';
export { applicability } from './parameters/applicability.ts';
export { type Arn, parseArn, sourceOfArn, type UnsupportedSource } from './parameters/arn.ts';
export { carriedParameters } from './parameters/carried.ts';
export { type FunctionReference, parseFunctionName, qualifiedArn } from './parameters/function-name.ts';
export { type AcceptedRequest, type ParsedRequest, parseMappingRequest } from './parameters/parse.ts';
export type { MappingRequest } from './parameters/request.ts';
export {
  createShape,
  fixedParameters,
  listShape,
  listTagsShape,
  tagShape,
  untagShape,
  updateShape,
  uuidShape,
} from './parameters/request-shapes.ts';
export { settingsOf } from './parameters/settings.ts';
export { type Shape, type StructureShape, shapeProblem, withoutNulls } from './parameters/shape.ts';
export type {
  FilterProblem,
  FunctionFacts,
  MappingWorld,
  QueueFacts,
  SurroundingWorld,
} from './parameters/world.ts';
