/**
 * What is on the wire between a mapping and its function, and what is written about a batch that was given up: the
 * shape of events, the reading of answers, failure records.
 */
import type { RuleData, RuleTable } from './rule.ts';

/** What was wrong with this answer, when the line knows it. */
function fault(data: RuleData): string {
  const { reason } = data;
  return typeof reason === 'string' ? reason : 'The answer cannot be read';
}

/** One sentence that names the fault and what follows from it. */
function faultFailsBatch(data: RuleData): string {
  return `${fault(data).replace(/\.$/, '')}, so the whole batch failed.`;
}

const eventShapes = {
  'event.attributes-digest-null-with-window': {
    statement:
      'A message without attributes shows md5OfMessageAttributes as null when the mapping has a batching window, and not at all when it has none.',
    grade: 'observed',
    evidence: 'AWS-validated cases S02, S12 and all other SQS recordings',
    sources: ['sqs', 'sqs-fifo'],
  },
  'event.view-type-decides-images': {
    statement: "The stream's view type decides which images a DynamoDB record shows, and SizeBytes counts only those.",
    grade: 'observed',
    evidence: 'AWS-validated cases D02, D08, D09, D12; SizeBytes = keys + shown images in each',
    sources: ['dynamodb'],
  },
  'event.ttl-delete-has-user-identity': {
    statement: 'An item deleted by time to live carries the userIdentity of the DynamoDB service itself.',
    grade: 'documented',
    evidence: 'DynamoDB Developer Guide, "DynamoDB Streams and Time to Live"',
    sources: ['dynamodb'],
  },
  'event.kafka-headers-as-signed-bytes': {
    statement:
      'Each Kafka header is an object of its own whose value is an array of bytes, 128 to 255 shown as negatives.',
    grade: 'chosen',
    evidence:
      'Lambda Developer Guide, with-msk, shows arrays of bytes; chosen: signed, because the pollers write Java bytes (semantics §6.5)',
    sources: ['msk', 'self-managed-kafka'],
  },
  'event.kafka-null-is-absent': {
    statement: 'A Kafka record without a key, or without a value (a tombstone), lacks that field in the event.',
    grade: 'chosen',
    evidence:
      'chosen: AWS documents neither; a user of AWS reports tombstones whose value is undefined (powertools-lambda-typescript issue 5016)',
    sources: ['msk', 'self-managed-kafka'],
  },
  'event.final-window-without-records': {
    statement: 'The final invocation of a tumbling window carries the state and an empty list of records.',
    grade: 'chosen',
    evidence:
      'Lambda Developer Guide, services-kinesis-windows, calls it the hand-off of the aggregate; chosen: Records is present and empty, because the samples of AWS iterate it unguarded',
    sources: ['kinesis', 'dynamodb'],
  },
} as const satisfies RuleTable;

const answers = {
  'answer.nothing-reported-is-success': {
    statement:
      'With ReportBatchItemFailures, an answer that is empty, null, or names no failed item is a complete success.',
    grade: 'observed',
    evidence: 'AWS-validated cases S09, K18, K19, K21, K22, D27, D28, D30',
  },
  'answer.report-ignored-unless-enabled': {
    statement: 'Without ReportBatchItemFailures any answer is a success, also one that lists failed items.',
    grade: 'documented',
    evidence: 'Lambda Developer Guide, services-kinesis-batchfailurereporting',
  },
  'answer.items-reported': {
    statement:
      'With ReportBatchItemFailures the function names the failed items: a message id or a sequence number, or for Kafka an object of partition and offset.',
    grade: 'documented',
    evidence:
      'Lambda Developer Guide, services-sqs-errorhandling, services-kinesis-batchfailurereporting, kafka-retry-configurations; K09 observed for sequence numbers',
  },
  'answer.unknown-identifier-fails-batch': {
    statement: 'An itemIdentifier that is not in the batch makes the whole batch fail.',
    grade: 'observed',
    evidence: 'AWS-validated cases K10 and D21 (the number 123); Lambda Developer Guide, services-sqs-errorhandling',
    why: faultFailsBatch,
  },
  'answer.empty-identifier-fails-batch': {
    statement: 'An itemIdentifier that is null or an empty string makes the whole batch fail.',
    grade: 'observed',
    evidence: 'AWS-validated cases K11 (empty string) and D23 (null)',
  },
  'answer.item-without-identifier-fails-batch': {
    statement: 'An entry of batchItemFailures without the key itemIdentifier makes the whole batch fail.',
    grade: 'observed',
    evidence: 'AWS-validated cases K13 and D24',
  },
  'answer.failures-not-a-list-fails-batch': {
    statement: 'A batchItemFailures that is neither a list nor null makes the whole batch fail.',
    grade: 'chosen',
    evidence:
      'chosen: it cannot be read, as little as an invalid JSON answer (Lambda Developer Guide, services-sqs-errorhandling)',
    why: faultFailsBatch,
  },
  'answer.not-an-object-fails-batch': {
    statement:
      'With ReportBatchItemFailures, an answer that is a number, a boolean, a text that is not empty or a list that is not empty makes the whole batch fail.',
    grade: 'chosen',
    evidence:
      'chosen: it cannot be read as an answer, as little as an invalid JSON answer; only the empty ones are documented as success',
    why: faultFailsBatch,
  },
  'answer.not-json-fails-batch': {
    statement: 'With ReportBatchItemFailures, an answer that is not valid JSON makes the whole batch fail.',
    grade: 'documented',
    evidence: 'Lambda Developer Guide, services-sqs-errorhandling',
  },
  'answer.window-needs-state': {
    statement:
      'With a tumbling window, an answer without the key state is a failed invocation, unless it answers the final one.',
    grade: 'documented',
    evidence: 'Lambda Developer Guide, services-kinesis-windows',
    sources: ['kinesis', 'dynamodb'],
  },
  'answer.error-fails-batch': {
    statement: 'A function error fails the whole batch, with ReportBatchItemFailures too.',
    grade: 'observed',
    evidence: 'AWS-validated cases S07, K15 and D26',
  },
  'answer.timeout-is-function-error': {
    statement: 'A function that runs into its timeout is stopped, which counts as a function error.',
    grade: 'observed',
    evidence: 'LocalStack recording test_lambda_invoke_with_timeout: 200 with FunctionError and Sandbox.Timedout',
  },
  'answer.too-large-is-function-error': {
    statement: 'A response of more than 6,291,556 bytes is a function error, whatever it says.',
    grade: 'observed',
    evidence: 'LocalStack recording test_lambda_too_large_response: Function.ResponseSizeTooLarge',
  },
} as const satisfies RuleTable;

const failureRecords = {
  'failure-record.unhandled-after-function-error': {
    statement: 'After a function error the failure record says statusCode 200 and functionError Unhandled.',
    grade: 'observed',
    evidence: 'AWS-validated cases K08, K15, K16, D07 and D26',
    sources: ['kinesis', 'dynamodb', 'msk', 'self-managed-kafka'],
  },
  'failure-record.no-function-error-after-report': {
    statement:
      'When the last answer reported failed items, or could not be read, the failure record says functionError null.',
    grade: 'observed',
    evidence: 'AWS-validated cases K09, K10, K11, K13, D21, D23 and D24',
    sources: ['kinesis', 'dynamodb', 'msk', 'self-managed-kafka'],
  },
  'failure-record.no-response-context-on-age': {
    statement:
      'A failure record for records that grew too old has no responseContext, however many invocations went before.',
    grade: 'observed',
    evidence: 'AWS-validated case K25 and LocalStack recording [expire-while-retrying]',
    sources: ['kinesis', 'dynamodb', 'msk', 'self-managed-kafka'],
  },
  'failure-record.null-response-context-on-oversized': {
    statement: 'A failure record for a Kafka record that no event can hold has the responseContext null.',
    grade: 'documented',
    evidence: 'Lambda Developer Guide, kafka-on-failure',
    sources: ['msk', 'self-managed-kafka'],
  },
  'failure-record.object-holds-event': {
    statement:
      'A failure record in S3 also holds the invocation event, as JSON text in payload, under aws/lambda/<UUID>/<shard>/<date>/.',
    grade: 'observed',
    evidence:
      'AWS-validated case D08; payload as text: Lambda Developer Guide, kinesis-on-failure-destination; chosen for Kafka: the topic-partition of the first record in place of the shard',
    sources: ['kinesis', 'dynamodb', 'msk', 'self-managed-kafka'],
  },
  'failure-record.topic-message-per-record': {
    statement:
      'A Kafka topic as destination takes one message per record, under its own key, with the condition spelled RetriesExhausted.',
    grade: 'documented',
    evidence: 'Lambda Developer Guide, kafka-on-failure-destination',
    sources: ['msk', 'self-managed-kafka'],
  },
} as const satisfies RuleTable;

/** The rules of the area `events`. */
export const eventsRules = { ...eventShapes, ...answers, ...failureRecords } as const satisfies RuleTable;
