/** How a mapping scales, from its settings. */
import type { SourceKind } from '../vocabulary.ts';
import type { MappingSettings } from './settings.ts';

/** Which published figures the SQS ramp follows: today's, or those before November 2023. */
export type SqsScaling = 'current' | '2023';

export interface MappingPolicy {
  readonly kind: SourceKind;
  /** Pollers (or concurrent batches) at the start, at the least and at the most. */
  readonly start: number;
  readonly least: number;
  readonly most: number;
  /** Growth while all are busy; Infinity: at once. */
  readonly perSecond: number;
  /** Batches that one poller may run at once. */
  readonly batchesPerPoller: number;
  /** Function errors reduce concurrency: off with partial responses. */
  readonly backsOff: boolean;
  /** Shrinks to 2 after a minute without messages. */
  readonly shrinks: boolean;
  readonly provisioned: boolean;
  readonly limited: boolean;
}

const SQS_RAMP = {
  current: { perSecond: 300 / 60, most: 1250 },
  '2023': { perSecond: 60 / 60, most: 1000 },
} as const;

/** A provisioned poller of a queue runs 10 batches, makes 10 requests and reads 1 MB a second; one of Kafka runs 5. */
export const SQS_POLLER = { batches: 10, receivesPerSecond: 10, bytesPerSecond: 1_048_576 } as const;
export const KAFKA_PROVISIONED_BATCHES = 5;

export function mappingPolicy(settings: MappingSettings, sqsScaling: SqsScaling = 'current'): MappingPolicy {
  const base = {
    kind: settings.kind,
    provisioned: settings.provisioned !== undefined,
    limited: settings.maximumConcurrency !== undefined,
  };
  switch (settings.kind) {
    case 'sqs':
    case 'sqs-fifo':
      return { ...base, ...queuePolicy(settings, sqsScaling) };
    case 'kinesis':
    case 'dynamodb':
      return { ...base, ...ONE_EACH, batchesPerPoller: settings.parallelizationFactor };
    case 'msk':
    case 'self-managed-kafka':
      return { ...base, ...topicPolicy(settings) };
  }
}

const ONE_EACH = { start: 1, least: 1, most: 1, perSecond: 0, batchesPerPoller: 1, backsOff: false, shrinks: false };

function queuePolicy(settings: MappingSettings, sqsScaling: SqsScaling) {
  const backsOff = !settings.partialResponses;
  const { provisioned, maximumConcurrency } = settings;
  if (provisioned) {
    const { minimumPollers, maximumPollers } = provisioned;
    const perSecond = 1000 / 60 / SQS_POLLER.batches;
    const batchesPerPoller = SQS_POLLER.batches;
    return {
      start: minimumPollers,
      least: minimumPollers,
      most: maximumPollers,
      perSecond,
      batchesPerPoller,
      backsOff: false,
      shrinks: false,
    };
  }
  const ramp = SQS_RAMP[sqsScaling];
  const most = maximumConcurrency ?? ramp.most;
  const fifo = settings.kind === 'sqs-fifo';
  return {
    start: fifo ? 1 : Math.min(5, most),
    least: maximumConcurrency === undefined ? 2 : 1,
    most,
    perSecond: fifo ? Number.POSITIVE_INFINITY : ramp.perSecond,
    batchesPerPoller: 1,
    backsOff,
    shrinks: !fifo && maximumConcurrency === undefined,
  };
}

function topicPolicy(settings: MappingSettings) {
  const { provisioned } = settings;
  const common = { perSecond: 0, backsOff: false, shrinks: false };
  if (!provisioned)
    return {
      ...common,
      start: 1,
      least: 1,
      most: Number.POSITIVE_INFINITY,
      batchesPerPoller: Number.POSITIVE_INFINITY,
    };
  const { minimumPollers, maximumPollers } = provisioned;
  return {
    ...common,
    start: minimumPollers,
    least: minimumPollers,
    most: maximumPollers,
    batchesPerPoller: KAFKA_PROVISIONED_BATCHES,
  };
}
