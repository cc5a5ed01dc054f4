/** What a polling slot needs of a queue, whoever holds it: an endpoint behind the AWS SDK, or the substrate itself. */
import type { DeadLetter, Millis, ReceivedMessage, RuleId } from '@millrace/semantics';

export interface QueueFacts {
  readonly fifo: boolean;
  readonly visibilityTimeoutMs: Millis;
  readonly retentionMs: Millis;
  /** Name of the queue that gets what was received too often, where there is one. */
  readonly deadLetterQueue?: string | undefined;
}

export interface ReceiveRequest {
  /** 1 to 10. */
  readonly max: number;
  /** Absent: the queue's own visibility timeout. */
  readonly visibilityMs: Millis | undefined;
  readonly waitMs: Millis;
  readonly signal: AbortSignal;
  /** Told at once of what the queue gives up, where it says so. */
  readonly onDeadLetters: (letters: readonly DeadLetter[]) => void;
}

export interface Received {
  readonly messages: readonly ReceivedMessage[];
}

export interface NotDeleted {
  readonly receiptHandle: string;
  readonly rule?: RuleId | undefined;
  /** It may work another time. */
  readonly again?: boolean;
}

export interface QueueClient {
  /** @throws {QueueUnavailable} */
  facts(): Promise<QueueFacts>;
  /** @throws {QueueUnavailable} unless the signal ended it */
  receive(request: ReceiveRequest): Promise<Received>;
  /** Answers what is still there. @throws {QueueUnavailable} */
  delete(receiptHandles: readonly string[]): Promise<readonly NotDeleted[]>;
  /** Lets others receive these at once. @throws {QueueUnavailable} */
  giveBack(receiptHandles: readonly string[]): Promise<void>;
  /** The most handles that one delete takes. */
  readonly deletesAtOnce: number;
  /** Whether a receive that its signal ended hides no message. */
  readonly endsCleanly: boolean;
}

/** The queue could not be read or written: one sentence for people, without secrets. */
export class QueueUnavailable extends Error {
  readonly code = 'QUEUE_UNAVAILABLE';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'QueueUnavailable';
  }
}
