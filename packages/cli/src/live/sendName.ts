/** What people write to name a target: a name, `kinesis:NAME` and its like, an ARN, or the URL of a queue. */
import { type NamedSource, queueSource, readSource } from './recordSource.ts';

export type TargetFamily = 'sqs' | 'kinesis' | 'dynamodb' | 'kafka';

export interface TargetName {
  /** Undefined: a name that may be a queue's, a stream's or a topic's. */
  readonly family: TargetFamily | undefined;
  readonly name: string;
  readonly region?: string | undefined;
  /** Of a stream that was named by it. */
  readonly arn?: string | undefined;
  /** Of a queue that was named by it. */
  readonly url?: string | undefined;
}

/** Undefined when it is none. */
export function readTargetName(text: string): TargetName | undefined {
  if (/^(sqs|kinesis|dynamodb|kafka):/.test(text)) return targetOf(readSource(text));
  const [, service] = /^arn:[\w-]+:(kinesis|dynamodb):/.exec(text) ?? [];
  if (service !== undefined) return targetOf(readSource(`${service}:${text}`));
  const queue = queueSource(text);
  if (queue?.url !== undefined || queue?.region !== undefined) return targetOf(queue);
  return /^[\w.-]{1,255}$/.test(text) ? { family: undefined, name: text } : undefined;
}

function targetOf(source: NamedSource | undefined): TargetName | undefined {
  if (!source) return undefined;
  const { kind: family, ...named } = source;
  return { family, ...named };
}
