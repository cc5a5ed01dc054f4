/**
 * Which parameter applies to which kind of source (semantics §1.1). A parameter that does not apply is refused, even at
 * its default value.
 */
import type { SourceKind } from '@millrace/semantics';
import { invalidParameter, type Refusal } from '../errors.ts';
import type { MappingRequest } from './request.ts';
import { camelCase } from './shape.ts';

const queues: readonly SourceKind[] = ['sqs', 'sqs-fifo'];
const streams: readonly SourceKind[] = ['kinesis', 'dynamodb'];
const topics: readonly SourceKind[] = ['msk', 'self-managed-kafka'];
const positioned: readonly SourceKind[] = [...streams, ...topics];
const all: readonly SourceKind[] = [...queues, ...positioned];

/** The kinds of source that each parameter applies to. */
export const applicability: Readonly<Record<keyof MappingRequest, readonly SourceKind[]>> = {
  EventSourceArn: ['sqs', 'sqs-fifo', 'kinesis', 'dynamodb', 'msk'],
  FunctionName: all,
  Enabled: all,
  BatchSize: all,
  MaximumBatchingWindowInSeconds: all,
  FilterCriteria: all,
  KMSKeyArn: all,
  FunctionResponseTypes: all,
  MetricsConfig: all,
  Tags: all,
  ScalingConfig: queues,
  ProvisionedPollerConfig: [...queues, ...topics],
  StartingPosition: positioned,
  StartingPositionTimestamp: ['kinesis', ...topics],
  ParallelizationFactor: streams,
  TumblingWindowInSeconds: streams,
  BisectBatchOnFunctionError: positioned,
  MaximumRetryAttempts: positioned,
  MaximumRecordAgeInSeconds: positioned,
  DestinationConfig: positioned,
  Topics: topics,
  SourceAccessConfigurations: topics,
  LoggingConfig: topics,
  SelfManagedEventSource: ['self-managed-kafka'],
  SelfManagedKafkaEventSourceConfig: ['self-managed-kafka'],
  AmazonManagedKafkaEventSourceConfig: ['msk'],
  Queues: [],
  DocumentDBEventSourceConfig: [],
};

/** Rule `parameters.not-for-source`: the first parameter, in the table's order, that the source does not have. */
export function notForSource(kind: SourceKind, request: MappingRequest): Refusal | undefined {
  for (const [name, kinds] of Object.entries(applicability)) {
    if (Object.hasOwn(request, name) && !kinds.includes(kind)) return unsupported(name);
  }
  const grouped = request.ProvisionedPollerConfig?.PollerGroupName !== undefined;
  return grouped && !topics.includes(kind) ? unsupported('PollerGroupName') : undefined;
}

function unsupported(name: string): Refusal {
  const message = `Unsupported '${camelCase(name)}' parameter for given event source mapping type.`;
  return invalidParameter('parameters.not-for-source', message);
}

/** Whether a kind of source is a queue. */
export function isQueueKind(kind: SourceKind): kind is 'sqs' | 'sqs-fifo' {
  return queues.includes(kind);
}

/** Whether a kind of source is Kafka, managed or not. */
export function isTopicKind(kind: SourceKind): kind is 'msk' | 'self-managed-kafka' {
  return topics.includes(kind);
}
