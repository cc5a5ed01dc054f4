/** What a poller needs to know of its mapping, from the settings and from the world around it. */
import { type CompiledFilters, compileFilters } from '../filter/index.ts';
import { type Backoff, isKafka, type PollerConfig, STREAM_BACKOFF } from '../poller/config.ts';
import type { Millis } from '../vocabulary.ts';
import { type MappingPolicy, SQS_POLLER } from './policy.ts';
import type { MappingSettings } from './settings.ts';

/** What only the function and the source can say. */
export interface Surroundings {
  readonly functionTimeoutMs: Millis;
  readonly retentionMs: Millis;
  /** SQS only; 0 for every other source. */
  readonly visibilityTimeoutMs: Millis;
  readonly fanOut: boolean;
  /** Bytes of the event around its entries; of a window's event with an empty state, where there are windows. */
  readonly envelopeBytes: number;
}

/** Where AWS is silent: what is taken to be true. */
export interface PollerChoices {
  readonly backoff: Backoff;
  readonly effectiveVisibility: boolean;
}

export const DEFAULT_CHOICES: PollerChoices = { backoff: STREAM_BACKOFF, effectiveVisibility: true };

export function pollerConfig(
  settings: MappingSettings,
  policy: MappingPolicy,
  around: Surroundings,
  choices: PollerChoices,
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
    envelopeBytes: around.envelopeBytes,
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
