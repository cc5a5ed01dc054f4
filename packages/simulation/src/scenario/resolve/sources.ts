/** Sources: defaults, ARNs and the rest that the schema cannot check. */
import { STREAM_RETENTION_MS } from '@millrace/semantics';
import { bootstrapServers, consumerArn, sourceArn } from '../arns.ts';
import { defined } from '../defined.ts';
import type { DynamodbSource, KafkaSource, KinesisSource, QueueSource, SourceDocument } from '../document.ts';
import type { DynamodbSourcePlan, KinesisSourcePlan, QueueSourcePlan, SourcePlan, TopicSourcePlan } from '../plan.ts';
import type { Path } from '../problems.ts';
import { type Context, day, ms } from './context.ts';
import { liveSource } from './live.ts';

export function resolveSource(source: SourceDocument, path: Path, context: Context): SourcePlan {
  const plan = sourceOfType(source, path, context);
  const live = liveSource(source, path, context);
  return live ? { ...plan, live } : plan;
}

function sourceOfType(source: SourceDocument, path: Path, context: Context): SourcePlan {
  switch (source.type) {
    case 'sqs':
    case 'sqs-fifo':
      return queue(source, path, context);
    case 'kinesis':
      return stream(source, context);
    case 'dynamodb':
      return table(source, context);
    case 'msk':
    case 'self-managed-kafka':
      return topic(source, path, context);
  }
}

function base(source: SourceDocument, context: Context): { name: string; arn: string } {
  const name = source.name ?? nameFromArn(source.arn) ?? 'source';
  return { name, arn: source.arn ?? sourceArn(source.type, name, context) };
}

/** `arn:…:orders` and `arn:…:stream/orders` are called orders. */
function nameFromArn(arn: string | undefined): string | undefined {
  return arn?.split(':').at(-1)?.split('/')[arn.includes('/') ? 1 : 0];
}

function queue(source: QueueSource, path: Path, context: Context): QueueSourcePlan {
  if (source.type === 'sqs' && source.contentBasedDeduplication === true) {
    context.report([...path, 'contentBasedDeduplication'], 'is only possible with type sqs-fifo');
  }
  return {
    type: source.type,
    ...base(source, context),
    visibilityTimeoutMs: ms(source.visibilityTimeout, 30_000),
    retentionMs: ms(source.retention, 4 * day),
    delayMs: ms(source.delay, 0),
    ...defined({ redrive: source.redrive }),
    contentBasedDeduplication: source.contentBasedDeduplication ?? false,
  };
}

function stream(source: KinesisSource, context: Context): KinesisSourcePlan {
  const named = base(source, context);
  const { consumer } = source;
  return {
    type: 'kinesis',
    ...named,
    shards: source.shards ?? 1,
    retentionMs: ms(source.retention, STREAM_RETENTION_MS),
    ...(consumer !== undefined && { consumer, consumerArn: consumerArn(named.arn, consumer) }),
  };
}

function table(source: DynamodbSource, context: Context): DynamodbSourcePlan {
  const named = base(source, context);
  return {
    type: 'dynamodb',
    ...named,
    tableName: named.name,
    shards: source.shards ?? 1,
    retentionMs: ms(source.retention, STREAM_RETENTION_MS),
    viewType: source.viewType ?? 'NEW_AND_OLD_IMAGES',
  };
}

function topic(source: KafkaSource, path: Path, context: Context): TopicSourcePlan {
  const named = base(source, context);
  const partitions = source.partitions ?? 1;
  return {
    type: source.type,
    ...named,
    topic: named.name,
    partitions,
    retentionMs: ms(source.retention, 7 * day),
    committed: committedOffsets(source, named.name, partitions, path, context),
    bootstrapServers: servers(source) ?? bootstrapServers(source.type, named.name, context),
  };
}

function servers({ bootstrapServers: written }: KafkaSource): readonly string[] | undefined {
  return typeof written === 'string' ? written.split(',').map((server) => server.trim()) : written;
}

/** Keys are `topic-0`, or the bare number of the partition. */
function committedOffsets(
  source: KafkaSource,
  name: string,
  partitions: number,
  path: Path,
  context: Context,
): Readonly<Record<number, number>> {
  const offsets: Record<number, number> = {};
  for (const [key, offset] of Object.entries(source.committed ?? {})) {
    const text = key.startsWith(`${name}-`) ? key.slice(name.length + 1) : key.replace(/^topic-/, '');
    const partition = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (partition < partitions) offsets[partition] = offset;
    else
      context.report(
        [...path, 'committed', key],
        `is no partition of the source: write ${name}-0 to ${name}-${partitions - 1}`,
      );
  }
  return offsets;
}
