/** How a poller batches, orders, retries and gives up. */
import { queueRules } from './queue.ts';
import type { RuleTable } from './rule.ts';
import { planned, repeated, spentText } from './words.ts';

const STREAMS = ['kinesis', 'dynamodb'] as const;
const KAFKA = ['msk', 'self-managed-kafka'] as const;
const ORDERED = [...STREAMS, ...KAFKA] as const;

const batchRules = {
  'batch.closes-when-full': {
    statement: 'A batch is invoked as soon as it holds BatchSize records.',
    grade: 'documented',
    evidence: 'AWS Lambda guide, event source mappings: batching behaviour; case K05',
  },
  'batch.closes-at-the-payload-limit': {
    statement: 'A batch is invoked when the next record would take its event over 6 MB, metadata and base64 included.',
    grade: 'documented',
    evidence: 'AWS Lambda guide, event source mappings: batching behaviour; SQS: configuring the mapping',
  },
  'batch.closes-at-once-without-window': {
    statement: 'Without a batch window, whatever is there is invoked at once.',
    grade: 'documented',
    evidence: 'AWS Lambda guide, event source mappings: MaximumBatchingWindowInSeconds 0',
  },
  'batch.closes-when-its-window-ends': {
    statement:
      'A batch is invoked when its window ends; the window begins when the previous batch was finished, or with the first record if nothing was waiting by then.',
    grade: 'chosen',
    evidence:
      'chosen: the guide starts the window at the end of the previous invocation, which would flush at odd times after a pause; case S12',
  },
  'batch.closes-at-the-end-of-a-shard': {
    statement: 'When a shard has ended, what is left of it is invoked without waiting for a window.',
    grade: 'chosen',
    evidence: 'chosen: nothing can be added to the batch any more',
    sources: STREAMS,
  },
} as const satisfies RuleTable;

const retryRules = {
  'retry.failure-repeats-the-batch': {
    statement:
      'A failed batch is attempted again as a whole after a back-off of 0.25 s that doubles up to 60 s, and blocks its lane until then.',
    grade: 'chosen',
    evidence:
      'repeating is observed (K08, D07); the curve is chosen to fit the 8 invocations that AWS made within 60 s',
    sources: ORDERED,
    why: (data) =>
      planned('The batch failed as a whole', data, spentText(data)) ?? repeated(data, 'that had failed as a whole'),
  },
  'retry.no-progress-is-a-failure': {
    statement:
      'An answer that names the first record of the batch (Kafka: every record) made no progress and counts as a failure of the whole batch.',
    grade: 'chosen',
    evidence: 'chosen: otherwise the same batch would be repeated without end; one user report with bisect on',
    sources: ORDERED,
    why: (data) =>
      planned('The answer left nothing of the batch done', data, spentText(data)) ??
      repeated(data, 'of which nothing had been done'),
  },
  'retry.budget-resets-on-progress': {
    statement: 'What is left after a partial success is a new batch with its whole retry budget.',
    grade: 'observed',
    evidence: 'case K09: a record that always fails, with 3 retries, was delivered 5 times',
    sources: ORDERED,
  },
  'retry.bisect-spends-nothing': {
    statement:
      'With BisectBatchOnFunctionError a failed batch is split in two at once, the first half getting the smaller part; splitting spends no retry.',
    grade: 'documented',
    evidence: 'AWS Lambda API reference, BisectBatchOnFunctionError; the odd half is chosen',
    sources: ORDERED,
    why: ({ sizes, closedBy }) => {
      if (closedBy === 'split') return 'This is one half of a batch that had failed; splitting it spent no retry.';
      if (!Array.isArray(sizes)) return undefined;
      return `The batch failed, so it was split into halves of ${sizes.join(' and ')}; that spends no retry.`;
    },
  },
  'retry.throttle-spends-nothing': {
    statement:
      'An invocation that was throttled did not reach the function: it is repeated after a back-off and spends no retry.',
    grade: 'documented',
    evidence: 'AWS Lambda guide, Kinesis and DynamoDB error handling',
    sources: ORDERED,
    why: (data) => planned('The function was throttled', data, 'no retry is spent'),
  },
  'retry.unreachable-spends-nothing': {
    statement: 'An invocation that did not reach the function (5xx, missing function, access denied) spends no retry.',
    grade: 'documented',
    evidence: 'AWS Lambda guide, Kinesis and DynamoDB error handling',
    sources: ORDERED,
    why: (data) => planned('The function could not be reached', data, 'no retry is spent'),
  },
  'retry.lost-attempt-spends-nothing': {
    statement: 'An attempt of which nobody knows how it ended is repeated, and spends no retry.',
    grade: 'chosen',
    evidence: 'chosen: at least once; a crash is not the fault of the records',
    sources: ORDERED,
  },
  'source.retention-ends-retries': {
    statement:
      'A batch is retried no longer than its source keeps the records; then they are gone, and count as expired.',
    grade: 'documented',
    evidence: 'AWS Lambda guide, Kinesis and Kafka: retries until the records expire; DroppedEventCount excludes them',
    sources: ORDERED,
  },
  'retry.exhausted-batch-is-discarded': {
    statement: 'A batch that failed once more than MaximumRetryAttempts is given up, and its lane goes on behind it.',
    grade: 'observed',
    evidence: 'cases K08, K10-K15, D07, D21-D26: 1 + MaximumRetryAttempts invocations',
    sources: ORDERED,
    why: ({ approximateInvokeCount: count }) =>
      typeof count !== 'number'
        ? undefined
        : count === 1
          ? 'The batch failed, and no retry was allowed.'
          : `Every retry was spent: ${count} invocations of this batch failed.`,
  },
  'retry.record-age-drops-the-expired-prefix': {
    statement:
      'Before every attempt, records that have reached MaximumRecordAgeInSeconds are taken from the front of the batch and given up; the others are attempted.',
    grade: 'observed',
    evidence: 'case K25, and one old record before five new ones: the five were invoked in one batch',
    sources: ORDERED,
  },
  'kafka.ten-retries-with-destination': {
    statement: 'A Kafka mapping with an on-failure destination and no retry limit gives a batch up after 10 retries.',
    grade: 'documented',
    evidence: 'AWS Lambda guide, Kafka: retry configurations',
    sources: KAFKA,
  },
  'kafka.only-reported-records-retry': {
    statement:
      'After a partial failure on Kafka only the reported records are attempted again; their partitions wait for them.',
    grade: 'documented',
    evidence: 'AWS Lambda guide, Kafka: retry configurations; the commit below the lowest unfinished offset is chosen',
    sources: KAFKA,
  },
  'kafka.oversized-record-is-discarded': {
    statement: 'A Kafka record that no event can hold is given up with MaximumPayloadSizeExceeded and never invoked.',
    grade: 'documented',
    evidence: 'AWS Lambda guide, Kafka: on-failure destination',
    sources: KAFKA,
  },
  'stream.oversized-record-fails': {
    statement:
      'A stream record that no event can hold fails like a function error, and spends retries, without an invocation.',
    grade: 'chosen',
    evidence: 'chosen: keeps the shard moving; AWS does not say',
    sources: STREAMS,
  },
} as const satisfies RuleTable;

const progressRules = {
  'stream.success-moves-the-checkpoint': {
    statement:
      'After a success the records are finished, and the checkpoint (Kafka: the committed offset) moves past them.',
    grade: 'documented',
    evidence: 'AWS Lambda guide, Kinesis: polling and batching; cases K18-K22',
    sources: ORDERED,
  },
  'stream.lowest-reported-record-is-the-checkpoint': {
    statement:
      'Of several reported records the lowest sequence number counts: everything before it is done, everything from it on is attempted again.',
    grade: 'documented',
    evidence: 'AWS Lambda guide, Kinesis: batch item failures; case K09',
    sources: STREAMS,
  },
  'stream.checkpoint-is-highest-contiguous': {
    statement:
      'The checkpoint is the last record before the first unfinished one, whatever other lanes have finished behind it.',
    grade: 'chosen',
    evidence: 'chosen: the only checkpoint that loses nothing when a poller is replaced',
    sources: ORDERED,
  },
  'stream.filtered-records-move-the-checkpoint': {
    statement: 'Records that no filter matches are passed over: the checkpoint moves although nothing was invoked.',
    grade: 'documented',
    evidence: 'AWS Lambda guide, event filtering',
    sources: ORDERED,
  },
  'checkpoint.cut-is-saved-before-it-is-invoked': {
    statement:
      'The exact records of a batch are saved before it is invoked, so that a new owner repeats that batch and no other.',
    grade: 'chosen',
    evidence: 'chosen: what makes a crash of the poller safe',
    sources: ORDERED,
  },
  'checkpoint.saved-cut-is-ordered-again': {
    statement:
      'A poller that starts again reads from the checkpoint and repeats the saved batch exactly as it was cut, with the budget it had left.',
    grade: 'chosen',
    evidence: 'chosen: a crash must neither lose a record nor give a poison record new retries',
    sources: ORDERED,
  },
  'stream.polls-at-a-base-rate': {
    statement:
      'A shard is read once a second (Kinesis) or four times a second (DynamoDB); further batches are cut from what was read.',
    grade: 'documented',
    evidence: 'AWS Lambda guide, Kinesis and DynamoDB: polling and batching',
    sources: STREAMS,
  },
  'kinesis.fan-out-pushes-records': {
    statement: 'Through an enhanced fan-out consumer records are pushed as they arrive.',
    grade: 'documented',
    evidence: 'AWS Lambda guide, Kinesis: enhanced fan-out',
    sources: ['kinesis'],
  },
  'kafka.rebalance-drops-what-is-held': {
    statement:
      'A poller that loses its partitions drops what it holds: what was not committed is delivered again by the new owner.',
    grade: 'documented',
    evidence: 'AWS Lambda guide, Kafka: consumer groups (at least once)',
    sources: KAFKA,
  },
  'kafka.polls-continuously': {
    statement: 'A Kafka poller reads its partitions as records arrive, and pauses those of which it holds enough.',
    grade: 'chosen',
    evidence: 'chosen: what a consumer with back-pressure does',
    sources: KAFKA,
  },
  'stream.lane-is-a-hash-of-the-key': {
    statement:
      'With a ParallelizationFactor the records of a shard are spread over that many lanes by a hash of their key; each lane keeps order and retries on its own.',
    grade: 'chosen',
    evidence:
      'order per partition key or item is documented; which lane a key gets is not, and no test may depend on it',
    sources: STREAMS,
  },
} as const satisfies RuleTable;

const windowRules = {
  'window.batch-stays-in-its-window': {
    statement: 'A record belongs to one tumbling window, by its arrival; a batch is closed where its window ends.',
    grade: 'documented',
    evidence: 'AWS Lambda guide, Kinesis: tumbling windows; alignment on the epoch is chosen',
    sources: STREAMS,
  },
  'window.final-invocation-hands-over-the-state': {
    statement:
      'At the end of a tumbling window the function is invoked once more, without records, with the state of the window.',
    grade: 'documented',
    evidence: 'AWS Lambda guide, Kinesis: tumbling windows',
    sources: STREAMS,
  },
  'window.idle-window-closes': {
    statement: 'A tumbling window that is over by the clock and got no record for two minutes is closed.',
    grade: 'documented',
    evidence: 'AWS Lambda guide, Kinesis: tumbling windows (up to 2 minutes); the longest wait is chosen',
    sources: STREAMS,
  },
  'window.large-state-ends-it-early': {
    statement:
      'A state over 1 MB ends the window early with an invocation that says so; the same window goes on with an empty state.',
    grade: 'documented',
    evidence: 'AWS Lambda guide, Kinesis: tumbling windows',
    sources: STREAMS,
  },
} as const satisfies RuleTable;

/** The rules of pollers, by id. */
export const pollerRules = {
  ...batchRules,
  ...retryRules,
  ...progressRules,
  ...windowRules,
  ...queueRules,
} as const satisfies RuleTable;
