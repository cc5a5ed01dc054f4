/**
 * The port of whatever brings failure records to their destinations. A batch that was given up is on its way once it is
 * accepted here; that its destination cannot be reached is counted and never blocks a shard.
 *
 * 1. What was accepted is delivered at least once, or given up and told as such, whichever process dies meanwhile.
 * 2. The same id is delivered once, however often it is handed in.
 */
import type { FailureDestination } from '@millrace/semantics';

/** What a destination gets, ready to be written. */
export type FailureMessage =
  /** SQS and SNS: the document. */
  | { readonly kind: 'document'; readonly body: string }
  /** S3: the object and its key. */
  | { readonly kind: 'object'; readonly key: string; readonly body: string }
  /** Kafka: one message for each record; keys are base64, null for none. */
  | { readonly kind: 'messages'; readonly messages: readonly { readonly key: string | null; readonly value: string }[] };

export interface FailureDelivery {
  /** No two discards share one. No `:` in it. */
  readonly id: string;
  readonly mapping: string;
  readonly destination: FailureDestination;
  readonly message: FailureMessage;
  /** Records that the message stands for. */
  readonly records: number;
}

export interface DeliveryResult {
  readonly id: string;
  readonly delivered: boolean;
  /** Why not: one sentence, without secrets. */
  readonly problem?: string | undefined;
}

export interface Outbox {
  /** False when it could not be taken: the batch is handed in again later. */
  accept(delivery: FailureDelivery): Promise<boolean>;
  /** Told of each delivery that this process has handed in, once it has succeeded or was given up. */
  onResult(heard: (result: DeliveryResult) => void): () => void;
}

/** Writes messages to destinations of one kind. */
export interface Destination {
  /** Resolves once it is written. @throws an error with one sentence for people, without secrets */
  deliver(delivery: FailureDelivery): Promise<void>;
  close(): Promise<void>;
}
