/** A source of the plan in virtual time, of whatever kind. */
import type { ChangeRecord, KinesisRecord } from '@millrace/semantics';
import type { QueueRun } from './queue.ts';
import type { StreamRun } from './stream.ts';
import type { TopicRun } from './topic.ts';

export type SourceRun =
  | { readonly kind: 'queue'; readonly run: QueueRun }
  | { readonly kind: 'kinesis'; readonly run: StreamRun<KinesisRecord> }
  | { readonly kind: 'dynamodb'; readonly run: StreamRun<ChangeRecord> }
  | { readonly kind: 'topic'; readonly run: TopicRun };
