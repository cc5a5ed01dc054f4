/** What a poller of a queue does with its messages: receives, deletes, leaves them alone. */
import type { RuleTable } from './rule.ts';
import { planned } from './words.ts';

const QUEUES = ['sqs', 'sqs-fifo'] as const;

/** The rules of queue pollers, by id. */
export const queueRules = {
  'sqs.success-deletes': {
    statement: 'After a success every message of the batch is deleted from the queue.',
    grade: 'observed',
    evidence: 'cases S09, S12; AWS Lambda guide, SQS: error handling',
    sources: QUEUES,
  },
  'sqs.partial-failure-deletes-the-rest': {
    statement:
      'With ReportBatchItemFailures the messages that are not reported are deleted; the reported ones wait for their visibility timeout.',
    grade: 'documented',
    evidence: 'AWS Lambda guide, SQS: error handling',
    sources: QUEUES,
  },
  'sqs.failure-waits-for-visibility': {
    statement:
      'After a failure Lambda leaves the messages alone: they come back one by one when their visibility timeout ends.',
    grade: 'observed',
    evidence: 'case S02: the second attempt came only after the timeout',
    sources: QUEUES,
  },
  'sqs.throttled-batch-waits': {
    statement: 'A throttled batch is tried again after 100 ms, doubling up to 10 s, while its messages are hidden.',
    grade: 'chosen',
    evidence: 'the guide says that it backs off until the visibility timeout; the curve is chosen',
    sources: QUEUES,
    why: (data) => planned('The function did not take the batch', data, 'while its messages are hidden'),
  },
  'sqs.throttled-batch-is-let-go': {
    statement:
      'A throttled batch is let go when the function could not end before its messages become visible: their receive count grew without an invocation.',
    grade: 'documented',
    evidence: 'AWS Lambda guide, SQS: scaling and error handling; the moment is chosen',
    sources: QUEUES,
  },
  'sqs.receives-up-to-ten': {
    statement:
      'A poller receives up to 10 messages at a time by long polling; with a batch window it adds up several receives.',
    grade: 'documented',
    evidence: 'AWS Lambda guide, SQS: how the mapping polls',
    sources: QUEUES,
  },
  'sqs.window-lengthens-visibility': {
    statement:
      'Where batch window and function timeout exceed the visibility timeout, messages are received with window + timeout + 30 s.',
    grade: 'documented',
    evidence: 'AWS Lambda guide of 2023, SQS; not in the current page',
    sources: ['sqs'],
  },
} as const satisfies RuleTable;
