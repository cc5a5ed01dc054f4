/** What the core needs to know of a mapping, from its settings and from the world around it. */
import { windowEnvelopeBytes } from '@millrace/aws-shapes';
import {
  type CompiledFilters,
  compileFilters,
  isKafka,
  type MappingPolicy,
  type MappingSettings,
  type PollerConfig,
  SQS_POLLER,
} from '@millrace/semantics';
import type { Choices } from '../../scenario/plan.ts';

export interface Surroundings {
  readonly functionTimeoutMs: number;
  readonly retentionMs: number;
  readonly visibilityTimeoutMs: number;
  readonly fanOut: boolean;
  readonly envelopeBytes: number;
  readonly eventSourceArn: string;
}

export function pollerConfig(
  settings: MappingSettings,
  policy: MappingPolicy,
  around: Surroundings,
  choices: Choices,
): PollerConfig {
  const { kind, batchSize, batchWindowMs, parallelizationFactor, maximumRetries, maximumRecordAgeMs } = settings;
  const { bisect, partialResponses, tumblingWindowMs } = settings;
  const filters = filtersOf(settings);
  const provisionedQueue = settings.provisioned !== undefined && !isKafka(kind);
  return {
    kind,
    batchSize,
    batchWindowMs,
    parallelizationFactor,
    maximumRetries,
    maximumRecordAgeMs,
    bisect,
    partialResponses,
    tumblingWindowMs,
    ...(filters && { filters }),
    hasDestination: settings.onFailureDestination !== undefined,
    retentionMs: around.retentionMs,
    functionTimeoutMs: around.functionTimeoutMs,
    visibilityTimeoutMs: around.visibilityTimeoutMs,
    fanOut: around.fanOut,
    envelopeBytes: tumblingWindowMs > 0 ? windowBytes(around) : around.envelopeBytes,
    concurrency: policy.batchesPerPoller,
    ...(provisionedQueue && {
      receivesPerSecond: SQS_POLLER.receivesPerSecond,
      bytesPerSecond: SQS_POLLER.bytesPerSecond,
    }),
    backoff: choices.backoff,
    effectiveVisibility: choices.effectiveVisibility,
  };
}

function filtersOf(settings: MappingSettings): CompiledFilters | undefined {
  if (settings.filterPatterns.length === 0) return undefined;
  const compiled = compileFilters(settings.filterPatterns, settings.kind);
  return compiled.ok ? compiled.filters : undefined;
}

/** The envelope of a window's event with an empty state; the core adds what the state has more. */
function windowBytes(around: Surroundings): number {
  return windowEnvelopeBytes({
    startMs: 0,
    endMs: 0,
    state: {},
    shardId: 'shardId-000000000000',
    eventSourceArn: around.eventSourceArn,
    isFinal: false,
    isTerminatedEarly: false,
  });
}
