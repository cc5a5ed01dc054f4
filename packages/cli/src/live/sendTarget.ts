/** Where `millrace send` puts its messages: a queue on Redis, or one behind an SQS endpoint. */
import type { SentMessage } from '@millrace/semantics';

/** What became of one message of a batch. */
export type Sent =
  | { readonly kind: 'sent' }
  /** A FIFO queue has accepted one with the same deduplication id less than 5 minutes ago. */
  | { readonly kind: 'deduplicated' }
  /** It was not taken and will never be. */
  | { readonly kind: 'refused'; readonly because: string }
  /** It was not taken this time. */
  | { readonly kind: 'again'; readonly because: string };

export interface SendTarget {
  /** The queue's name. */
  readonly queue: string;
  /** Where it is, for people. */
  readonly place: string;
  readonly fifo: boolean;
  readonly contentBasedDeduplication: boolean;
  /** Sends up to ten, in order; answers in their order. @throws {SendFailed} */
  send(messages: readonly SentMessage[]): Promise<readonly Sent[]>;
  close(): void;
}

/** A batch was not answered. */
export class SendFailed extends Error {
  readonly code = 'SEND_FAILED';
  /** The queue may have taken it: the connection was lost before it answered. */
  readonly perhapsSent: boolean;
  /** It may work another time. */
  readonly passes: boolean;

  constructor(
    message: string,
    how: { readonly perhapsSent: boolean; readonly passes: boolean; readonly cause: unknown },
  ) {
    super(message, { cause: how.cause });
    this.name = 'SendFailed';
    this.perhapsSent = how.perhapsSent;
    this.passes = how.passes;
  }
}

/** A queue as people name it. */
export interface QueueName {
  readonly name: string;
  readonly region?: string;
  /** When it was named by its URL. */
  readonly url?: string;
}

/** Reads a name, an ARN or a URL; undefined when it is none of them. */
export function readQueueName(text: string): QueueName | undefined {
  const arn = /^arn:[\w-]+:sqs:([\w-]+):\d{12}:([\w-]{1,75}(?:\.fifo)?)$/.exec(text);
  if (arn) return { name: arn[2] ?? '', region: arn[1] ?? '' };
  if (/^[\w-]{1,75}(\.fifo)?$/.test(text)) return { name: text };
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) return undefined;
  const { hostname, pathname } = new URL(text);
  const name = pathname.split('/').filter(Boolean).at(-1);
  if (name === undefined || !/^[\w-]{1,75}(\.fifo)?$/.test(name)) return undefined;
  const region = /^(?:sqs\.([\w-]+)|([\w-]+)\.queue)\.amazonaws\.com/.exec(hostname);
  const found = region?.[1] ?? region?.[2];
  return { name, url: text, ...(found !== undefined && { region: found }) };
}
