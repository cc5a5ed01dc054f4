import type { RuleTable } from './rule.ts';
import { duration } from './words.ts';

/** The rules of the area `sources`: what queues, shards and partitions do by themselves, whoever reads them. */
export const sourcesRules = {
  'source.retention-expired': {
    statement: 'A record that is still in its source when its retention period has passed is removed by the source.',
    grade: 'documented',
    evidence:
      'Amazon SQS Developer Guide, Amazon SQS message quotas (MessageRetentionPeriod); Kinesis Developer Guide, Changing the data retention period',
    why: (data) =>
      data.retentionMs === undefined
        ? 'Its source removed it because the retention period had passed.'
        : `Its source removed it because it had been there for the retention period of ${duration(data.retentionMs)}.`,
  },
  'source.skipped-before-starting-position': {
    statement: 'A record that lies before the starting position of a new mapping is never read by it.',
    grade: 'documented',
    evidence:
      'Lambda Developer Guide, Polling and stream starting positions (with-kinesis, with-ddb, kafka-starting-positions)',
    sources: ['kinesis', 'dynamodb', 'msk', 'self-managed-kafka'],
    why: (data) =>
      `It was already in the source, before the starting position ${data.position ?? 'of the mapping'}, so the mapping never reads it.`,
  },
  'sqs.delayed-before-first-receive': {
    statement:
      'A message sent with a delay, its own or the one of its queue, cannot be received before that delay is over.',
    grade: 'documented',
    evidence: 'Amazon SQS Developer Guide, Amazon SQS delay queues and message timers',
    sources: ['sqs', 'sqs-fifo'],
    why: (data) =>
      data.delayMs === undefined
        ? 'It was sent with a delay, so it could not be received at once.'
        : `It was sent with a delay of ${duration(data.delayMs)}, so it could not be received earlier.`,
  },
  'sqs.dead-lettered-after-max-receives': {
    statement:
      'A message that would be received once more than maxReceiveCount allows goes to the dead-letter queue instead, under its own message id.',
    grade: 'observed',
    evidence: 'S07; Amazon SQS Developer Guide, Using dead-letter queues in Amazon SQS',
    sources: ['sqs', 'sqs-fifo'],
    why: (data) =>
      data.receiveCount === undefined
        ? 'It had been received as often as maxReceiveCount allows, so it went to the dead-letter queue.'
        : `It had been received ${data.receiveCount} times, which is all that maxReceiveCount allows, so it went to the dead-letter queue.`,
  },
  'sqs.stale-handle-deletes-nothing': {
    statement:
      'On a standard queue, a delete with the handle of an earlier receive is accepted, but the message stays because it was received again since.',
    grade: 'documented',
    evidence: 'Amazon SQS API Reference, DeleteMessage',
    sources: ['sqs'],
  },
  'sqs.purged': {
    statement: 'A purge removes every message of the queue, those in flight and those delayed included.',
    grade: 'documented',
    evidence: 'Amazon SQS API Reference, PurgeQueue',
    sources: ['sqs', 'sqs-fifo'],
  },
  'sqs.fifo-deduplicated': {
    statement:
      'A message whose deduplication id was accepted within the last 5 minutes is answered with the first one’s message id and not enqueued.',
    grade: 'documented',
    evidence: 'Amazon SQS Developer Guide, Exactly-once processing in Amazon SQS; Using the message deduplication ID',
    sources: ['sqs-fifo'],
    why: (data) =>
      data.messageId === undefined
        ? 'A message with the same deduplication id was accepted less than 5 minutes earlier, so this one was not enqueued.'
        : `Message ${data.messageId} with the same deduplication id was accepted less than 5 minutes earlier, so this one was not enqueued.`,
  },
  'sqs.fifo-group-blocked-while-in-flight': {
    statement:
      'While a message of a FIFO group is in flight, the queue hands out no message of that group that comes after it.',
    grade: 'observed',
    evidence: 'S10; Amazon SQS Developer Guide, FIFO queue delivery logic',
    sources: ['sqs-fifo'],
    why: (data) =>
      data.groupId === undefined
        ? 'An earlier message of its group was in flight, so it had to wait.'
        : `It had to wait because an earlier message of its group ${data.groupId} was in flight.`,
  },
  'sqs.fifo-expired-handle-refused': {
    statement:
      'On a FIFO queue, a delete whose visibility timeout has passed is refused, and the message is delivered again.',
    grade: 'documented',
    evidence: 'Amazon SQS API Reference, DeleteMessage; Amazon SQS Developer Guide, FIFO queue delivery logic',
    sources: ['sqs-fifo'],
  },
  'stream.resharding-closes-parents': {
    statement:
      'A split or merge closes the parent shards for new records; what they hold stays readable, and new records go to their children.',
    grade: 'documented',
    evidence:
      'Kinesis Data Streams Developer Guide, After resharding (data routing, data persistence, and shard state)',
    sources: ['kinesis', 'dynamodb'],
  },
  'kafka.committed-offset-wins': {
    statement:
      'A consumer group that has a committed offset for a partition resumes there; the starting position is ignored.',
    grade: 'documented',
    evidence: 'Lambda Developer Guide, Customizable consumer group ID (kafka-consumer-group-id)',
    sources: ['msk', 'self-managed-kafka'],
    why: (data) =>
      data.offset === undefined
        ? 'The consumer group had a committed offset for the partition, so the starting position was ignored.'
        : `The consumer group had committed offset ${data.offset} for the partition, so the starting position was ignored.`,
  },
  'kafka.one-member-per-partition': {
    statement:
      'Each partition of the topic is assigned to exactly one member of the consumer group; a rebalance assigns all of them anew.',
    grade: 'documented',
    evidence: 'Lambda Developer Guide, Apache Kafka event poller scaling modes (kafka-scaling-modes)',
    sources: ['msk', 'self-managed-kafka'],
  },
  'kafka.commit-refused-after-rebalance': {
    statement:
      'An offset commit of an older generation of the consumer group is refused; the partition’s new owner reads from the last commit again.',
    grade: 'documented',
    evidence: 'Apache Kafka protocol guide, OffsetCommit (ILLEGAL_GENERATION, UNKNOWN_MEMBER_ID)',
    sources: ['msk', 'self-managed-kafka'],
  },
} as const satisfies RuleTable;
