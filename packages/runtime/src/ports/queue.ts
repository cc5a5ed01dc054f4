/**
 * The port of a queue substrate. What each call answers is decided by the models in `semantics/sources`, which are the
 * executable specification of every adapter: same commands, same times, same answers.
 */
import type {
  DeadLetter,
  Millis,
  QueueCounts,
  ReceivedMessage,
  RuleId,
  SendOutcome,
  SentMessage,
  StoredMessage,
} from '@millrace/semantics';

/** A queue as it was made. */
export interface QueueDefinition {
  readonly name: string;
  readonly arn: string;
  readonly fifo: boolean;
  readonly visibilityTimeoutMs: Millis;
  readonly retentionMs: Millis;
  readonly delayMs: Millis;
  readonly contentBasedDeduplication: boolean;
  /** Messages that were received more often go to the queue with this ARN. */
  readonly redrive?: { readonly deadLetterTargetArn: string; readonly maxReceiveCount: number };
  readonly inFlightLimit: number;
  readonly createdAtMs: Millis;
  readonly modifiedAtMs: Millis;
  /** Attributes that change nothing here and are only echoed, by AWS's names. */
  readonly carried: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
}

/** What may be changed after a queue was made. */
export type QueueChange = Partial<
  Pick<
    QueueDefinition,
    | 'visibilityTimeoutMs'
    | 'retentionMs'
    | 'delayMs'
    | 'contentBasedDeduplication'
    | 'modifiedAtMs'
    | 'carried'
    | 'tags'
  >
> & { readonly redrive?: QueueDefinition['redrive'] | null };

/** All queues of a substrate. */
export interface Queues {
  /** Makes a queue. When there is one of that name it is left as it is, and answered: the caller compares. */
  create(definition: QueueDefinition): Promise<{ readonly created: boolean; readonly definition: QueueDefinition }>;
  find(name: string): Promise<QueueDefinition | undefined>;
  /** Names that begin with the prefix, sorted. */
  list(prefix: string): Promise<readonly string[]>;
  /** Undefined when there is no such queue. `redrive: null` takes the redrive policy away. */
  change(name: string, change: QueueChange): Promise<QueueDefinition | undefined>;
  /** Removes a queue and everything in it; false when there was none. */
  remove(name: string): Promise<boolean>;
  /** @throws {NoSuchQueue} from its first call on, when there is no such queue */
  open(name: string): Queue;
  close(): Promise<void>;
}

export interface ReceiveAsk {
  /** 1 to 10. */
  readonly max: number;
  /** Absent: the queue's own visibility timeout. */
  readonly visibilityMs?: Millis | undefined;
  /** Waits so long for a first message, without asking again and again; absent: answers at once. */
  readonly waitMs?: Millis | undefined;
  /** Ends the waiting. A receive that was ended hides no message. */
  readonly signal?: AbortSignal | undefined;
  /** Told of dead letters at once, also while the receive goes on waiting; the receipt then names none. */
  readonly onDeadLetters?: ((letters: readonly DeadLetter[]) => void) | undefined;
}

/** What one receive took. Dead letters are already where they belong. */
export interface Receipt {
  readonly messages: readonly ReceivedMessage[];
  readonly deadLettered: readonly DeadLetter[];
}

export type Deleted =
  | { readonly kind: 'deleted'; readonly messageId: string }
  /** SQS answers success, but nothing was deleted. */
  | { readonly kind: 'ignored'; readonly because: 'received-again' | 'gone'; readonly rule?: RuleId }
  /** FIFO: the receipt handle has expired. */
  | { readonly kind: 'refused'; readonly because: 'expired'; readonly rule: RuleId };

export type VisibilityChanged =
  | { readonly kind: 'changed'; readonly visibleAtMs: Millis }
  | { readonly kind: 'refused'; readonly because: 'gone' | 'not-in-flight' | 'beyond-limit' };

export interface Queue {
  definition(): Promise<QueueDefinition>;
  /** In order; each stands or falls by itself. */
  send(messages: readonly SentMessage[]): Promise<readonly SendOutcome[]>;
  receive(ask: ReceiveAsk): Promise<Receipt>;
  /** Answers in the order of the handles. */
  delete(receiptHandles: readonly string[]): Promise<readonly Deleted[]>;
  changeVisibility(
    changes: readonly { readonly receiptHandle: string; readonly visibilityMs: Millis }[],
  ): Promise<readonly VisibilityChanged[]>;
  /** Removes every message. Returns how many there were. */
  purge(): Promise<number>;
  counts(): Promise<QueueCounts>;
  /** Waiting messages, oldest first, left as they are: for people who look into a queue. */
  peek(max: number): Promise<readonly StoredMessage[]>;
  /**
   * Moves up to `max` waiting messages of a dead-letter queue, as new messages, to the queue of this name, or (undefined)
   * each back to where it came from. Returns how many were moved; 0 when none is left.
   */
  moveTo(target: string | undefined, max: number): Promise<number>;
}

/** There is no queue of this name. */
export class NoSuchQueue extends Error {
  readonly code = 'NO_SUCH_QUEUE';
  readonly queue: string;

  constructor(queue: string) {
    super(`There is no queue ${queue}.`);
    this.name = 'NoSuchQueue';
    this.queue = queue;
  }
}

/** The queue's name in its ARN. */
export function queueNameOf(arn: string): string {
  return arn.slice(arn.lastIndexOf(':') + 1);
}
