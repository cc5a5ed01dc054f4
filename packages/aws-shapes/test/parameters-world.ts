/** A small world for tests of mapping parameters: what exists in it has names with fixed ARNs. */
import type { SourceKind } from '@millrace/semantics';
import {
  type MappingConfiguration,
  type MappingWorld,
  newConfiguration,
  type ParsedRequest,
  parseMappingRequest,
} from '../src/index.ts';

export const account = '123456789012';
export const nowMs = Date.UTC(2026, 0, 1);
export const uuid = '00000000-0000-4000-8000-000000000001';
export const functionArn = `arn:aws:lambda:us-east-1:${account}:function:consumer`;

const arn = (service: string, resource: string) => `arn:aws:${service}:us-east-1:${account}:${resource}`;

export const arns = {
  queue: arn('sqs', 'orders'),
  fifo: arn('sqs', 'orders.fifo'),
  stream: arn('kinesis', 'stream/orders'),
  consumer: arn('kinesis', 'stream/orders/consumer/fast:1700000000'),
  table: arn('dynamodb', 'table/orders/stream/2026-01-01T00:00:00.000'),
  cluster: arn('kafka', 'cluster/main/11111111-1111-1111-1111-111111111111-1'),
  failed: arn('sqs', 'failed'),
  topic: arn('sns', 'failed'),
  bucket: 'arn:aws:s3:::failed',
};

export const brokers = { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: ['kafka:1000'] } };
export const access = [{ Type: 'BASIC_AUTH', URI: arn('secretsmanager', 'secret:kafka') }];

/** The least that each kind of source needs. */
export const least: Readonly<Record<SourceKind, Readonly<Record<string, unknown>>>> = {
  sqs: { FunctionName: 'consumer', EventSourceArn: arns.queue },
  'sqs-fifo': { FunctionName: 'consumer', EventSourceArn: arns.fifo },
  kinesis: { FunctionName: 'consumer', EventSourceArn: arns.stream, StartingPosition: 'TRIM_HORIZON' },
  dynamodb: { FunctionName: 'consumer', EventSourceArn: arns.table, StartingPosition: 'LATEST' },
  msk: { FunctionName: 'consumer', EventSourceArn: arns.cluster, StartingPosition: 'LATEST', Topics: ['orders'] },
  'self-managed-kafka': {
    FunctionName: 'consumer',
    SelfManagedEventSource: brokers,
    SourceAccessConfigurations: access,
    StartingPosition: 'TRIM_HORIZON',
    Topics: ['orders'],
  },
};

export const kinds = Object.keys(least) as SourceKind[];

/** Provisioned mode, which several Kafka parameters need. */
export const provisioned = { ProvisionedPollerConfig: { MinimumPollers: 2 } };

/** Functions: consumer (3 s), half (30 s), slow (300 s), endless (841 s); each with alias live and version 1. */
const timeouts: Readonly<Record<string, number>> = { consumer: 3000, half: 30_000, slow: 300_000, endless: 841_000 };

export function world(mappings: readonly MappingConfiguration[] = []): MappingWorld {
  return {
    region: 'us-east-1',
    accountId: account,
    nowMs,
    mappings,
    functionOf: ({ name, qualifier }) => {
      const timeoutMs = timeouts[name];
      if (timeoutMs === undefined || ![undefined, '$LATEST', 'live', '1'].includes(qualifier)) return undefined;
      return { arn: `arn:aws:lambda:us-east-1:${account}:function:${name}`, timeoutMs };
    },
    queue: (queue) => ([arns.queue, arns.fifo].includes(queue) ? { visibilityTimeoutMs: 30_000 } : undefined),
    streamExists: (stream) => [arns.stream, arns.consumer, arns.table].includes(stream),
    clusterExists: (cluster) => cluster === arns.cluster,
    filterProblem: (patterns) =>
      patterns.every((pattern) => pattern.startsWith('{'))
        ? undefined
        : { rule: 'filter.invalid-pattern', message: 'Invalid filter pattern definition.', detail: 'Write an object.' },
  };
}

/** Creates a mapping in a world and returns its configuration; throws when it is refused. */
export function created(
  request: object,
  mappings: readonly MappingConfiguration[] = [],
  id = uuid,
): MappingConfiguration {
  const parsed = parseMappingRequest('create', request, world(mappings));
  if (!parsed.ok) throw new Error(`${parsed.refusal.rule}: ${parsed.refusal.message}`);
  const identity = { uuid: id, region: 'us-east-1', accountId: account, nowMs };
  const state = { State: 'Creating', StateTransitionReason: 'USER_INITIATED' } as const;
  return newConfiguration(parsed.kind, parsed.parameters, identity, state);
}

/** What a refused request is answered, as one line; `accepted` when it is not refused. */
export function answer(parsed: ParsedRequest): string {
  if (parsed.ok) return 'accepted';
  const { rule, status, code, message } = parsed.refusal;
  return `${rule} | ${status} ${code} | ${message}`;
}
