/** What a mapping is told, and what it orders. Every order is idempotent: two owners of one mapping are harmless. */
import type { RuleId } from '../rules/index.ts';
import type { Millis } from '../vocabulary.ts';
import type { MappingPolicy } from './policy.ts';

/** A shard as a listing shows it. */
export interface ListedShard {
  readonly id: string;
  /** Parents that the stream still knows or knew. */
  readonly parents: readonly string[];
}

export type MappingFact =
  /** Told before it is enabled, by whoever carries on what another process had begun. */
  | { readonly what: 'resumed'; readonly firstShards: readonly string[] | undefined; readonly ended: readonly string[] }
  /** Kafka: with the number of partitions of the topic. */
  | { readonly what: 'enabled'; readonly partitions?: number }
  | { readonly what: 'disabled' }
  | { readonly what: 'reconfigured'; readonly policy: MappingPolicy; readonly repartition: boolean }
  /** The shards of the stream as they are now. */
  | { readonly what: 'discovered'; readonly shards: readonly ListedShard[] }
  | { readonly what: 'pollerClosed'; readonly poller: string; readonly ended: boolean }
  /** A polling slot found messages, or found nothing and waits. */
  | { readonly what: 'slotBusy' | 'slotIdle'; readonly poller: string }
  /** SQS: an invocation ended in a function error. */
  | { readonly what: 'batchFailed' }
  | { readonly what: 'partitionsAdded'; readonly partitions: number }
  | { readonly what: 'lagMeasured'; readonly lag: number; readonly partitions: number; readonly throttled: boolean }
  | { readonly what: 'woke' };

export type MappingOrder =
  | {
      readonly do: 'openPoller';
      readonly poller: string;
      readonly rule: RuleId;
      /** A shard's poller: begin at StartingPosition, or at the shard's beginning; a checkpoint wins over both. */
      readonly from: 'start' | 'horizon';
    }
  | { readonly do: 'drainPoller'; readonly poller: string; readonly rule: RuleId }
  | { readonly do: 'configurePoller'; readonly poller: string; readonly rule: RuleId }
  | { readonly do: 'setAllowance'; readonly poller: string; readonly batches: number; readonly rule: RuleId }
  /** These have ended, and the stream does not have them any more: nothing has to be kept of them. */
  | { readonly do: 'forget'; readonly shards: readonly string[] }
  | { readonly do: 'discover'; readonly notBefore: Millis }
  | { readonly do: 'measureLag'; readonly notBefore: Millis }
  | { readonly do: 'note'; readonly rule: RuleId; readonly from: number; readonly to: number };
