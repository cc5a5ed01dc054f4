/** Poller configurations of every kind of source, small enough to read: 100 bytes of envelope, three-second functions. */
import {
  type CompiledFilters,
  compileFilters,
  isKafka,
  isQueue,
  type PollerConfig,
  type SourceKind,
  STREAM_BACKOFF,
} from '../../src/index.ts';

const HOUR = 3_600_000;

/** AWS's defaults for a kind of source, with what a test wants to be different. */
export function configOf(kind: SourceKind, different: Partial<PollerConfig> = {}): PollerConfig {
  return {
    kind,
    batchSize: isQueue(kind) ? 10 : 100,
    batchWindowMs: isKafka(kind) ? 500 : 0,
    parallelizationFactor: 1,
    maximumRetries: 'untilExpiry',
    maximumRecordAgeMs: 'never',
    bisect: false,
    partialResponses: false,
    tumblingWindowMs: 0,
    hasDestination: false,
    retentionMs: isKafka(kind) ? 168 * HOUR : isQueue(kind) ? 96 * HOUR : 24 * HOUR,
    functionTimeoutMs: 3000,
    visibilityTimeoutMs: isQueue(kind) ? 30_000 : 0,
    fanOut: false,
    envelopeBytes: 100,
    concurrency: isKafka(kind) ? Number.POSITIVE_INFINITY : (different.parallelizationFactor ?? 1),
    backoff: STREAM_BACKOFF,
    effectiveVisibility: true,
    ...different,
  };
}

/** Filters that keep every record but those whose position begins with `x`. */
export function withoutX(kind: SourceKind): CompiledFilters {
  const compiled = compileFilters(['{"name":[{"anything-but":{"prefix":"x"}}]}'], kind);
  if (!compiled.ok) throw new Error(compiled.detail);
  return compiled.filters;
}
