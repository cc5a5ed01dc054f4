/** What people write to name a target: a name, `kinesis:NAME` and its like, an ARN, or the URL of a queue. */
import { readSource } from './recordSource.ts';

export type TargetFamily = 'sqs' | 'kinesis' | 'dynamodb' | 'kafka';

export interface TargetName {
  /** Undefined: a name that may be a queue's, a stream's or a topic's. */
  readonly family: TargetFamily | undefined;
  readonly name: string;
  readonly region?: string;
  /** Of a stream that was named by it. */
  readonly arn?: string;
  /** Of a queue that was named by it. */
  readonly url?: string;
}

/** Undefined when it is none. */
export function readTargetName(text: string): TargetName | undefined {
  const [, family] = /^(sqs|kinesis|dynamodb|kafka):/.exec(text) ?? [];
  if (family === 'sqs') return readQueueName(text.slice('sqs:'.length));
  if (family !== undefined) return streamOrTopic(text);
  const [, service] = /^arn:[\w-]+:(kinesis|dynamodb):/.exec(text) ?? [];
  if (service !== undefined) return streamOrTopic(`${service}:${text}`);
  const queue = readQueueName(text);
  if (queue && (queue.url !== undefined || queue.region !== undefined)) return queue;
  return /^[\w.-]{1,255}$/.test(text) ? { family: undefined, name: text } : undefined;
}

function streamOrTopic(text: string): TargetName | undefined {
  const source = readSource(text);
  if (!source || source.kind === 'sqs') return undefined;
  const { kind: family, name } = source;
  if (source.kind === 'kafka' || source.arn === undefined) return { family, name };
  const { arn, region } = source;
  return { family, name, arn, ...(region !== undefined && { region }) };
}

/** Reads a queue's name, ARN or URL; undefined when it is none of them. */
function readQueueName(text: string): TargetName | undefined {
  const family = 'sqs';
  const arn = /^arn:[\w-]+:sqs:([\w-]+):\d{12}:([\w-]{1,75}(?:\.fifo)?)$/.exec(text);
  if (arn) return { family, name: arn[2] ?? '', region: arn[1] ?? '' };
  if (isQueueName(text)) return { family, name: text };
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) return undefined;
  const { hostname, pathname } = new URL(text);
  const name = pathname.split('/').filter(Boolean).at(-1);
  if (name === undefined || !isQueueName(name)) return undefined;
  const region = /^(?:sqs\.([\w-]+)|([\w-]+)\.queue)\.amazonaws\.com/.exec(hostname);
  const found = region?.[1] ?? region?.[2];
  return { family, name, url: text, ...(found !== undefined && { region: found }) };
}

export function isQueueName(text: string): boolean {
  return /^[\w-]{1,75}(\.fifo)?$/.test(text);
}
