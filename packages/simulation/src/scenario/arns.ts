/** The ARNs that a scenario need not write, and the other values that can be derived. All of them are deterministic. */
import type { SourceKind } from '@millrace/semantics';

export interface Place {
  readonly region: string;
  readonly accountId: string;
}

/** Streams of a table are told apart by the time they were enabled; here it is always this one. */
const streamLabel = '2026-01-01T00:00:00.000';

/** The end of a consumer's ARN is the second it was registered. */
const consumerCreated = 1767225600;

/** The end of an MSK cluster's ARN tells clusters of one name apart. */
const clusterSuffix = '6d696c6c-7261-4365-8000-000000000001-1';

/** `sqs-fifo`: AWS asks for `.fifo` at the end, so it is added when the name lacks it. Self-managed Kafka has no ARN. */
export function sourceArn(kind: SourceKind, name: string, { region, accountId }: Place): string {
  switch (kind) {
    case 'sqs':
      return `arn:aws:sqs:${region}:${accountId}:${name}`;
    case 'sqs-fifo':
      return `arn:aws:sqs:${region}:${accountId}:${name.endsWith('.fifo') ? name : `${name}.fifo`}`;
    case 'kinesis':
      return `arn:aws:kinesis:${region}:${accountId}:stream/${name}`;
    case 'dynamodb':
      return `arn:aws:dynamodb:${region}:${accountId}:table/${name}/stream/${streamLabel}`;
    case 'msk':
      return `arn:aws:kafka:${region}:${accountId}:cluster/${name}/${clusterSuffix}`;
    case 'self-managed-kafka':
      return '';
  }
}

export function consumerArn(streamArn: string, consumer: string): string {
  return `${streamArn}/consumer/${consumer}:${consumerCreated}`;
}

export function functionArn(name: string, { region, accountId }: Place): string {
  return `arn:aws:lambda:${region}:${accountId}:function:${name}`;
}

/** The execution role of every function. */
export function roleArn({ accountId }: Pick<Place, 'accountId'>): string {
  return `arn:aws:iam::${accountId}:role/millrace`;
}

export function secretArn({ region, accountId }: Place): string {
  return `arn:aws:secretsmanager:${region}:${accountId}:secret:millrace-kafka-AbCdEf`;
}

export function bootstrapServers(kind: SourceKind, name: string, { region }: Place): readonly string[] {
  if (kind === 'self-managed-kafka') return ['broker-1.kafka.local:9092'];
  return [1, 2].map((broker) => `b-${broker}.${name}.millrace.c1.kafka.${region}.amazonaws.com:9092`);
}
