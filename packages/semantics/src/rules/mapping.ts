/** How a mapping starts, stops, follows its shards and scales. */
import type { RuleTable } from './rule.ts';
import { scaled } from './words.ts';

const STREAMS = ['kinesis', 'dynamodb'] as const;
const KAFKA = ['msk', 'self-managed-kafka'] as const;
const QUEUES = ['sqs', 'sqs-fifo'] as const;

export const mappingRules = {
  'mapping.disabled-finishes-what-runs': {
    statement:
      'A mapping that is disabled lets running invocations finish and be checkpointed, and starts nothing new.',
    grade: 'chosen',
    evidence: 'case D04 shows the end state; letting it finish is chosen because it loses nothing',
  },
  'mapping.update-keeps-what-is-in-progress': {
    statement:
      'New settings hold for every decision from now on; batches in progress keep their records and their budget.',
    grade: 'chosen',
    evidence: 'case C05 shows the update in place; the moment is chosen',
  },
  'mapping.factor-change-drains-first': {
    statement:
      'A new ParallelizationFactor (or tumbling window) is applied after running batches have finished; then the shard is read again from its checkpoint in new lanes.',
    grade: 'chosen',
    evidence: 'chosen: two partitions of the keys at once would break their order',
    sources: STREAMS,
  },
  'stream.starts-at-the-starting-position': {
    statement: 'A shard without a checkpoint is read from StartingPosition; a checkpoint wins over it.',
    grade: 'documented',
    evidence: 'AWS Lambda guide, Kinesis: starting positions; cases K02, K25',
    sources: STREAMS,
  },
  'stream.parents-before-children': {
    statement:
      'A shard that came from a split or merge is read only after its parents have been finished, and from its beginning.',
    grade: 'documented',
    evidence: 'AWS Lambda guide, DynamoDB Streams lineage; for Kinesis stated in talks only, needed for order',
    sources: STREAMS,
  },
  'sqs.scales-by-steady-steps': {
    statement: 'While every poller finds messages, 300 concurrent batches a minute are added, up to 1,250.',
    grade: 'documented',
    evidence: 'AWS Lambda guide, SQS: scaling; adding them evenly over the minute is chosen',
    sources: ['sqs'],
    why: scaled('Every poller found messages', 'concurrent batches'),
  },
  'sqs.maximum-concurrency-stops-reading': {
    statement: 'At MaximumConcurrency the mapping stops receiving until a batch ends, so that no receive count grows.',
    grade: 'documented',
    evidence: 'AWS Lambda guide, SQS: maximum concurrency',
    sources: QUEUES,
    why: scaled('MaximumConcurrency is the limit', 'concurrent batches'),
  },
  'sqs.errors-halve-concurrency': {
    statement: 'A function error halves the concurrent batches, unless the mapping has ReportBatchItemFailures.',
    grade: 'chosen',
    evidence:
      'that it backs off is documented; halving and 110 per second are fitted to 25, 16 and 13 concurrent batches at 1, 5 and 10 % errors',
    sources: QUEUES,
    why: scaled('A function error', 'concurrent batches'),
  },
  'sqs.concurrency-recovers-with-time': {
    statement: 'After function errors the concurrent batches come back by a constant number per second.',
    grade: 'chosen',
    evidence: 'chosen: a recovery per success would not fit the measurements',
    sources: QUEUES,
    why: scaled('Time without errors', 'concurrent batches'),
  },
  'sqs.idle-mapping-shrinks': {
    statement: 'After a minute without messages a mapping without MaximumConcurrency keeps 2 pollers.',
    grade: 'documented',
    evidence: 'AWS Lambda guide, SQS: scaling ("may"); the minute is chosen',
    sources: ['sqs'],
    why: scaled('A minute without messages', 'pollers'),
  },
  'sqs.fifo-scales-with-groups': {
    statement: 'A FIFO mapping runs as many batches at once as it finds message groups that are free.',
    grade: 'documented',
    evidence: 'AWS Lambda guide, SQS: scaling; case S10',
    sources: ['sqs-fifo'],
    why: scaled('Another message group is free', 'concurrent batches'),
  },
  'sqs.provisioned-pollers-scale': {
    statement:
      'Provisioned pollers run 10 batches each; while all are busy they grow by 1,000 concurrent batches a minute up to MaximumPollers.',
    grade: 'documented',
    evidence: 'AWS Lambda guide, SQS: provisioned mode',
    sources: QUEUES,
    why: scaled('Every provisioned poller is busy', 'concurrent batches'),
  },
  'kafka.pollers-follow-the-lag': {
    statement:
      'Every minute the offset lag is looked at: while it does not shrink the pollers double, up to one per partition; without lag they halve.',
    grade: 'chosen',
    evidence: 'the minute and the cap are documented (Kafka: scaling modes); doubling and halving are chosen',
    sources: KAFKA,
    why: scaled('The offset lag was looked at', 'pollers'),
  },
} as const satisfies RuleTable;
