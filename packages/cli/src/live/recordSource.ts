/** What `millrace record` records from, and what it gets of it. */
import type { Millis } from '@millrace/semantics';
import type { Concealer } from './recordConceal.ts';

/** Where reading begins. */
export type RecordFrom = 'trim-horizon' | 'latest' | { readonly atMs: Millis };

export interface RecordingOptions {
  readonly from: RecordFrom;
  /** Ends when what was there at the beginning has been read. */
  readonly once: boolean;
  /** How long it lasts at most; undefined: until somebody ends it. */
  readonly forMs: Millis | undefined;
  readonly limit: number;
  readonly endpoint: string | undefined;
  readonly region: string | undefined;
  readonly conceal: Concealer;
  readonly now: () => Millis;
  /** Tells people something, in one sentence. */
  readonly say: (sentence: string) => void;
}

/** A record as a line of the fixture, but for its time. */
export interface ReadEntry {
  /** When it arrived. */
  readonly atMs: Millis;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface Recording {
  /** The source as the fixture's first line describes it. */
  readonly source: Readonly<Record<string, unknown>>;
  /** For people: `the stream orders`. */
  readonly title: string;
  /** Records that were read and will come later, all at once. */
  readonly pending?: number;
  /**
   * Entries, mostly in the order of their arrival. Ends when there is nothing more to wait for; once the signal is aborted,
   * with what has been read by then.
   */
  entries(signal: AbortSignal): AsyncIterable<readonly ReadEntry[]>;
  /** Gives back whatever is held. Called once, however it ends. */
  close(): Promise<void>;
}

export interface NamedStream {
  readonly kind: 'kinesis' | 'dynamodb';
  readonly name: string;
  readonly arn: string | undefined;
  readonly region: string | undefined;
}

export interface NamedQueue {
  readonly kind: 'sqs';
  readonly name: string;
  /** Of a queue that was named by it. */
  readonly url: string | undefined;
  readonly region: string | undefined;
}

export type NamedSource = NamedStream | NamedQueue | { readonly kind: 'kafka'; readonly name: string };

/** Undefined when it is none. */
export function readSource(text: string): NamedSource | undefined {
  const cut = text.indexOf(':');
  const name = text.slice(cut + 1);
  switch (text.slice(0, cut)) {
    case 'kinesis':
      return streamSource('kinesis', name, /^arn:[\w-]+:kinesis:[\w-]+:\d+:stream\/([\w.-]+)$/);
    case 'dynamodb':
      return streamSource('dynamodb', name, /^arn:[\w-]+:dynamodb:[\w-]+:\d+:table\/([\w.-]+)\/stream\/.+$/);
    case 'sqs':
      return queueSource(name);
    case 'kafka':
      return /^[\w.-]{1,249}$/.test(name) ? { kind: 'kafka', name } : undefined;
    default:
      return undefined;
  }
}

function streamSource(kind: 'kinesis' | 'dynamodb', text: string, arn: RegExp): NamedSource | undefined {
  const [, named] = arn.exec(text) ?? [];
  if (named !== undefined) return { kind, name: named, arn: text, region: regionOf(text) };
  return /^[\w.-]{1,255}$/.test(text) ? { kind, name: text, arn: undefined, region: undefined } : undefined;
}

/** Reads a queue's name, ARN or URL; undefined when it is none of them. */
export function queueSource(text: string): NamedQueue | undefined {
  const kind = 'sqs';
  const [, region, named] = /^arn:[\w-]+:sqs:([\w-]+):\d{12}:([\w-]{1,75}(?:\.fifo)?)$/.exec(text) ?? [];
  if (named !== undefined) return { kind, name: named, url: undefined, region };
  if (isQueueName(text)) return { kind, name: text, url: undefined, region: undefined };
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) return undefined;
  const { hostname, pathname } = new URL(text);
  const name = pathname.split('/').filter(Boolean).at(-1);
  if (name === undefined || !isQueueName(name)) return undefined;
  const found = /^(?:sqs\.([\w-]+)|([\w-]+)\.queue)\.amazonaws\.com/.exec(hostname);
  return { kind, name, url: text, region: found?.[1] ?? found?.[2] };
}

export function isQueueName(text: string): boolean {
  return /^[\w-]{1,75}(\.fifo)?$/.test(text);
}

/** The region that an ARN names. DynamoDB Local writes `ddblocal` there, and finds nothing in a region of that name. */
function regionOf(arn: string): string | undefined {
  const region = arn.split(':')[3];
  return region === 'ddblocal' ? undefined : region;
}
