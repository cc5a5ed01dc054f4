/** A source of a run that is played: what arrives is sent to it, and it says what is left. */
import type { ArrivalPayload, Plan, SourcePlan } from '@millrace/simulation';
import { UsageError } from '../errors.ts';
import { playedQueue } from './onceQueues.ts';
import { playedStream } from './onceStreams.ts';
import { playedTopic } from './onceTopics.ts';
import type { Substrate } from './substrate.ts';

/** What became of a record that was sent. */
export interface Arrived {
  /** What the driver calls it. */
  readonly name: string;
  /** Its unit of order, and where it went; queues say neither. */
  readonly key?: string;
  readonly place?: string;
  /** The queue has it from before, by its deduplication id. */
  readonly deduplicated: boolean;
}

export interface PlayedSource {
  readonly source: SourcePlan;
  /** Whether the source itself tells what it gives up, and keeps to what the file says of it. */
  readonly isOurs: boolean;
  /** In order. @throws {UsageError} for a record that the source refuses */
  send(payloads: readonly ArrivalPayload[]): Promise<readonly Arrived[]>;
  /** Queues: how many messages wait, are delayed or in flight. */
  left?(): Promise<number>;
  purge?(): Promise<void>;
  /** Undefined when it was done, else AWS's refusal. */
  split?(shardId: string | undefined): Promise<Refusal | undefined>;
  merge?(shardIds: readonly [string, string] | undefined): Promise<Refusal | undefined>;
  addPartitions?(count: number): Promise<void>;
  close(): void;
}

export interface Refusal {
  readonly code: string;
  readonly message: string;
}

export async function playedSource(source: SourcePlan, plan: Plan, substrate: Substrate): Promise<PlayedSource> {
  switch (source.type) {
    case 'sqs':
    case 'sqs-fifo':
      return playedQueue(source, plan, substrate.queues);
    case 'kinesis':
    case 'dynamodb':
      return playedStream(source, plan, substrate.streams);
    case 'msk':
    case 'self-managed-kafka':
      return playedTopic(source, plan, substrate.topics);
  }
}

export function refused({ name }: SourcePlan, why: string): UsageError {
  return new UsageError(`source \`${name}\` refused a record: ${why}`);
}
