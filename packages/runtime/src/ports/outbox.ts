/**
 * The port of whatever brings failure records to their destinations. A batch that was given up is on its way once it is
 * accepted here; that its destination cannot be reached is counted and never blocks a shard.
 *
 * 1. What was accepted is delivered at least once, or given up and told as such, whichever process dies meanwhile.
 * 2. The same id is delivered once, however often it is handed in, as long as what became of it is remembered.
 * 3. A delivery that fails is tried again after pauses that grow, and is given up after so many attempts, or at once when its
 *    destination will never take it.
 */
import type { FailureDestination, Millis } from '@millrace/semantics';

/** What a destination gets, ready to be written. */
export type FailureMessage =
  /** SQS and SNS: the document. */
  | { readonly kind: 'document'; readonly body: string }
  /** S3: the object and its key. */
  | { readonly kind: 'object'; readonly key: string; readonly body: string }
  /** Kafka: one message for each record; keys are base64, null for none. */
  | {
      readonly kind: 'messages';
      readonly messages: readonly { readonly key: string | null; readonly value: string }[];
    };

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
  /** False when it could not be taken: the batch is handed in again later. Never rejects. */
  accept(delivery: FailureDelivery): Promise<boolean>;
  /** Told of each delivery that this process has handed in, once it has succeeded or was given up. */
  onResult(heard: (result: DeliveryResult) => void): () => void;
}

/** Writes one message. @throws {DeliveryRefused} when no further attempt is worth while, else any error: one sentence each */
export type Deliver = (delivery: FailureDelivery) => Promise<void>;

/** An outbox whose deliveries are carried out by whichever process serves it. */
export interface ServedOutbox extends Outbox {
  /** Carries out deliveries, whoever handed them in, so many at once. */
  serve(deliver: Deliver, options: { readonly concurrency: number }): OutboxWorker;
  /** After its workers. Nothing is accepted and nobody is told any more; what was accepted stays for others. */
  close(): Promise<void>;
}

export interface OutboxWorker {
  ready(): Promise<void>;
  /** Takes no more, and waits so long for what is being delivered; others take over what was not done then. */
  close(graceMs: Millis): Promise<void>;
}

/** The destination will not take it another time either: one sentence for people, without secrets. */
export class DeliveryRefused extends Error {
  readonly code = 'DELIVERY_REFUSED';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DeliveryRefused';
  }
}

/** Writes messages to destinations of one kind. */
export interface Destination {
  /** Resolves once it is written. */
  readonly deliver: Deliver;
  close(): Promise<void>;
}
