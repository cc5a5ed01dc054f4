import type { RuleTable } from './rule.ts';

const kafka = ['msk', 'self-managed-kafka'] as const;

/** The rules of the area `filter`: what became of a record under the mapping's filters, or why a pattern was refused. */
export const filterRules = {
  'filter.filter-matched': {
    statement: 'A record is kept when at least one filter matches it with every field that the filter names.',
    grade: 'documented',
    evidence: 'Lambda guide, page "Control which events Lambda sends to your function"; cases S18, S19, K28',
  },
  'filter.no-filter-matched': {
    statement: 'A record that no filter matches is dropped without an invocation.',
    grade: 'observed',
    evidence: 'cases S18 to S25, K28 and D12',
  },
  'filter.array-any-element': {
    statement: 'An array in the record matches when any one of its elements does.',
    grade: 'documented',
    evidence: 'EventBridge guide, page on arrays in event patterns, to which the Lambda guide refers for its patterns',
  },
  'filter.numeric-never-matches-strings': {
    statement:
      'A numeric condition looks at JSON numbers only, so it never matches digits in a string such as a DynamoDB N.',
    grade: 'observed',
    evidence: 'case D15',
  },
  'filter.numbers-compare-as-text': {
    statement: 'Plain equality of numbers compares how they are written, so 300, 300.0 and 3.0e2 are three values.',
    grade: 'documented',
    evidence: 'Lambda guide, event filtering, note below the table of comparison operators',
  },
  'filter.exists-on-leaves-only': {
    statement: 'An exists condition sees leaves only: a field that holds an object or an empty array counts as absent.',
    grade: 'observed',
    evidence: 'the DynamoDB filter case exists_false_filter on AWS; Lambda guide, event filtering, note on exists',
  },
  'filter.eventbridge-operators-accepted': {
    statement: "Operators that EventBridge has and Lambda's table lacks are applied as EventBridge applies them.",
    grade: 'chosen',
    evidence:
      'chosen: the Lambda guide refers to EventBridge patterns, yet its table lacks wildcard, a prefix or suffix that ' +
      'ignores case, and anything-but with a nested condition; strict mode refuses them',
  },
  'filter.format-mismatch-drops': {
    statement: 'A record whose data has another format than the pattern for it (plain text or JSON) is dropped.',
    grade: 'observed',
    evidence:
      'the SQS filter case valid-json-filter on AWS; Lambda guide, filtering pages of SQS, Kinesis and DynamoDB',
    sources: ['sqs', 'sqs-fifo', 'kinesis', 'dynamodb'],
  },
  'filter.format-mismatch-metadata-only': {
    statement:
      'Where the data of a Kafka record is not UTF-8 or has another format than the pattern for it, only the rest of ' +
      'the filter is applied.',
    grade: 'documented',
    evidence: 'Lambda guide, page "Filtering events from Amazon MSK and self-managed Apache Kafka", table of formats',
    sources: kafka,
  },
  'filter.absent-value-is-missing': {
    statement: 'A null key or value of a Kafka record counts as a missing field: only exists false matches it.',
    grade: 'chosen',
    evidence: "chosen: AWS's table of formats has no row for null, and a named field must exist to match",
    sources: kafka,
  },
  'filter.invalid-pattern': {
    statement: 'A filter pattern is a JSON object whose leaves are non-empty lists of values and conditions.',
    grade: 'observed',
    evidence: 'cases S27, S28, S29 and D18',
  },
  'filter.plain-data-pattern-refused': {
    statement:
      'A pattern for the data of a Kinesis or DynamoDB record must be a JSON object, not a list of plain values.',
    grade: 'documented',
    evidence: 'Lambda guide, filtering pages of Kinesis and DynamoDB, table of formats; the message is that of S29',
    sources: ['kinesis', 'dynamodb'],
  },
  'filter.operator-refused': {
    statement: "A condition that is not in Lambda's table of comparison operators is refused.",
    grade: 'chosen',
    evidence:
      "chosen: the Lambda guide's table is closed; this holds for cidr always, and in strict mode for every operator " +
      'that only EventBridge has',
  },
} as const satisfies RuleTable;
