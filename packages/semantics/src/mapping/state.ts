/** A mapping's own state: plain data that only `stepMapping` changes. */
import type { Millis } from '../vocabulary.ts';
import type { ListedShard } from './facts.ts';
import type { MappingPolicy } from './policy.ts';

export interface MappingState {
  policy: MappingPolicy;
  running: boolean;
  /** Pollers by name: a shard, or `slot-0`, `poller-0` … `draining` ones are asked to close. */
  readonly pollers: Map<string, 'open' | 'draining'>;
  /**
   * Streams: the last listing (before it, shards that are gone from it and whose children still wait for older ones),
   * the shards of the very first one, and what has been finished.
   */
  shards?: readonly ListedShard[];
  firstShards?: ReadonlySet<string>;
  readonly ended: Set<string>;
  /** Of what has ended: since when no listing has named it. */
  readonly unnamedSinceMs: Map<string, Millis>;
  /** Queues and Kafka: what scaling allows; a fraction, because it grows steadily. */
  level: number;
  /** Queues: the limit that function errors have set. */
  errorCap: number;
  /** Pollers that may work now. */
  granted: number;
  readonly idle: Set<string>;
  /** Since when every granted poller has found messages, and when the level last grew. */
  saturatedSinceMs?: Millis;
  grownAtMs: Millis;
  recoveredAtMs: Millis;
  idleSinceMs?: Millis;
  lastLag: number;
  /** Kafka: when the lag is looked at next; a look before that counts for nothing. */
  measureAtMs: Millis;
  /** Kafka: pollers wanted once those that are there have closed. */
  wanted?: number;
}

export function createMapping(policy: MappingPolicy): MappingState {
  return {
    policy,
    running: false,
    pollers: new Map(),
    ended: new Set(),
    unnamedSinceMs: new Map(),
    level: policy.start,
    errorCap: Number.POSITIVE_INFINITY,
    granted: 0,
    idle: new Set(),
    grownAtMs: Number.NEGATIVE_INFINITY,
    recoveredAtMs: Number.NEGATIVE_INFINITY,
    lastLag: 0,
    measureAtMs: Number.NEGATIVE_INFINITY,
  };
}
