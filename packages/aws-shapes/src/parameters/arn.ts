/** Amazon resource names, as far as an event source mapping reads them. */
import type { SourceKind } from '@millrace/semantics';

/** The parts of `arn:<partition>:<service>:<region>:<account>:<resource>`. Empty parts are empty texts. */
export interface Arn {
  readonly partition: string;
  readonly service: string;
  readonly region: string;
  readonly accountId: string;
  readonly resource: string;
}

/** The parts of an ARN, or undefined when the text is none. */
export function parseArn(text: string): Arn | undefined {
  const [arn, partition, service, region, accountId, ...resource] = text.split(':');
  if (arn !== 'arn' || resource.length === 0) return undefined;
  return {
    partition: partition ?? '',
    service: service ?? '',
    region: region ?? '',
    accountId: accountId ?? '',
    resource: resource.join(':'),
  };
}

/** A source that AWS knows and Millrace does not support yet. */
export type UnsupportedSource = 'Amazon MQ' | 'Amazon DocumentDB';

/** What an event source ARN names: a kind of source, one that is not supported yet, or nothing that Lambda can poll. */
export function sourceOfArn(text: string): SourceKind | UnsupportedSource | undefined {
  const arn = parseArn(text);
  switch (arn?.service) {
    case 'sqs':
      return arn.resource.endsWith('.fifo') ? 'sqs-fifo' : 'sqs';
    case 'kinesis':
      return arn.resource.startsWith('stream/') ? 'kinesis' : undefined;
    case 'dynamodb':
      return /^table\/[^/]+\/stream\//.test(arn.resource) ? 'dynamodb' : undefined;
    case 'kafka':
      return 'msk';
    case 'mq':
      return 'Amazon MQ';
    case 'rds':
      return 'Amazon DocumentDB';
    default:
      return undefined;
  }
}
