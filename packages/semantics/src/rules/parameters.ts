import type { RuleTable } from './rule.ts';

/**
 * The rules by which a control-plane call is refused, and those of a mapping's states. Area `parameters` checks a
 * request, `mapping.state-*` moves a mapping from one state to the next.
 */
export const parametersRules = {
  'parameters.unknown-parameter': {
    statement: 'A name that the operation does not have is refused, so that no misspelt parameter is silently ignored.',
    grade: 'chosen',
    evidence: 'chosen: the SDKs refuse it before the call is sent, in these words',
  },
  'parameters.wrong-type': {
    statement: "A value of the wrong JSON type is refused before any other look at the parameter's value.",
    grade: 'chosen',
    evidence: 'chosen: AWS answers SerializationException; its text is not established',
  },
  'parameters.shape-constraint': {
    statement: "Every value must fit its shape's range, length, pattern or list of allowed values.",
    grade: 'observed',
    evidence: 'A05, A06; ranges from the Lambda API reference, CreateEventSourceMapping',
  },
  'parameters.unrecognized-source': {
    statement: 'A mapping needs an event source of a kind that Lambda can poll.',
    grade: 'observed',
    evidence: 'A01',
  },
  'parameters.not-supported-yet': {
    statement:
      'Amazon MQ, Amazon DocumentDB and schema registries are refused by name: Millrace has no rules for them yet.',
    grade: 'chosen',
    evidence: 'chosen: a parameter that would be ignored is refused',
  },
  'parameters.not-for-source': {
    statement: 'A parameter that does not apply to the kind of event source is refused.',
    grade: 'chosen',
    evidence:
      "chosen: AWS's page Lambda parameters for each source; wording after the one text known, for destinationConfig",
  },
  'parameters.fixed-at-creation': {
    statement: 'What identifies the source and the place to start in it is given at creation and cannot be changed.',
    grade: 'documented',
    evidence: 'Lambda API reference, UpdateEventSourceMapping; the text is chosen',
  },
  'parameters.required-parameter': {
    statement: 'A Kafka mapping needs its topic; a self-managed one also its brokers and how to reach them.',
    grade: 'observed',
    evidence: 'A08a',
    sources: ['msk', 'self-managed-kafka'],
  },
  'parameters.starting-position-required': {
    statement: 'A mapping that reads a stream or a topic must say where to start.',
    grade: 'observed',
    evidence: 'A05, A06',
    sources: ['kinesis', 'dynamodb', 'msk', 'self-managed-kafka'],
  },
  'parameters.starting-position-unsupported': {
    statement: 'A DynamoDB stream cannot be read from a point in time.',
    grade: 'observed',
    evidence: 'A05',
    sources: ['dynamodb'],
  },
  'parameters.starting-timestamp': {
    statement: 'AT_TIMESTAMP needs a timestamp that is not in the future, and only AT_TIMESTAMP takes one.',
    grade: 'documented',
    evidence: 'Lambda API reference, CreateEventSourceMapping, StartingPositionTimestamp; the text is chosen',
    sources: ['kinesis', 'msk', 'self-managed-kafka'],
  },
  'parameters.sqs-large-batch-needs-window': {
    statement: 'A queue mapping with a batch size over 10 needs a batching window of at least one second.',
    grade: 'observed',
    evidence: 'S11',
    sources: ['sqs'],
  },
  'parameters.fifo-batch-size': {
    statement: 'A FIFO queue is read in batches of at most 10.',
    grade: 'documented',
    evidence: 'services-sqs-parameters; the text is chosen',
    sources: ['sqs-fifo'],
  },
  'parameters.fifo-no-window': {
    statement: 'A FIFO queue has no batching window.',
    grade: 'documented',
    evidence: 'services-sqs-parameters',
    sources: ['sqs-fifo'],
  },
  'parameters.record-age-range': {
    statement: 'A maximum record age is -1 (for ever) or at least 60 seconds.',
    grade: 'documented',
    evidence: 'Lambda API reference, MaximumRecordAgeInSeconds; text from a public report of AWS',
    sources: ['kinesis', 'dynamodb', 'msk', 'self-managed-kafka'],
  },
  'parameters.tumbling-needs-factor-one': {
    statement: 'Tumbling windows keep one state for a shard, so that its records cannot be worked on in parallel.',
    grade: 'chosen',
    evidence: 'chosen: several sources say that AWS refuses it; its text is not established',
    sources: ['kinesis', 'dynamodb'],
  },
  'parameters.filter-count': {
    statement: 'A mapping has at most five filters.',
    grade: 'documented',
    evidence: 'invocation-eventfiltering; the text is chosen',
  },
  'parameters.no-success-destination': {
    statement: 'An event source mapping has no destination for success.',
    grade: 'observed',
    evidence: 'A01',
  },
  'parameters.destination-required': {
    statement: 'OnFailure without a Destination is refused.',
    grade: 'documented',
    evidence: 'a public report of AWS (aws-controllers-k8s 2865)',
    sources: ['kinesis', 'dynamodb', 'msk', 'self-managed-kafka'],
  },
  'parameters.destination-kind': {
    statement: 'A failed batch can go to an SQS queue, an SNS topic or an S3 bucket.',
    grade: 'documented',
    evidence: 'kinesis-on-failure-destination, services-dynamodb-errors; the text is chosen',
    sources: ['kinesis', 'dynamodb', 'msk', 'self-managed-kafka'],
  },
  'parameters.kafka-destination': {
    statement:
      "A Kafka topic can take failed records of a Kafka mapping in provisioned mode, when it is not the mapping's own topic.",
    grade: 'documented',
    evidence: 'kafka-on-failure-destination; the text is chosen',
    sources: ['kinesis', 'dynamodb', 'msk', 'self-managed-kafka'],
  },
  'parameters.kafka-needs-provisioned-mode': {
    statement:
      'Partial responses, bisecting, retry and age limits, metrics groups and logging of Kafka mappings need provisioned mode.',
    grade: 'documented',
    evidence: 'kafka-retry-configurations, esm-logging; wording after the text known for MetricsConfig',
    sources: ['msk', 'self-managed-kafka'],
  },
  'parameters.pollers-required': {
    statement: 'Provisioned mode needs a minimum or a maximum number of pollers.',
    grade: 'documented',
    evidence: 'kafka-scaling-modes; text as another emulator has it',
    sources: ['sqs', 'sqs-fifo', 'msk', 'self-managed-kafka'],
  },
  'parameters.poller-range': {
    statement:
      'The pollers of provisioned mode must lie in the range of their source, the maximum not under the minimum.',
    grade: 'documented',
    evidence: 'Lambda API reference, ProvisionedPollerConfig; text as another emulator has it',
    sources: ['sqs', 'sqs-fifo', 'msk', 'self-managed-kafka'],
  },
  'parameters.pollers-exclude-maximum-concurrency': {
    statement: 'Provisioned mode and a maximum concurrency exclude each other.',
    grade: 'documented',
    evidence: 'services-sqs-scaling; text as another emulator has it',
    sources: ['sqs', 'sqs-fifo'],
  },
  'parameters.poller-group-limit': {
    statement: 'A poller group holds at most 100 mappings with at most 2,000 pollers together.',
    grade: 'documented',
    evidence: 'Lambda API reference, PollerGroupName; the text is chosen',
    sources: ['msk', 'self-managed-kafka'],
  },
  'parameters.metrics-of-source': {
    statement: 'Queues and streams have the metrics group EventCount only.',
    grade: 'documented',
    evidence: 'Lambda API reference, EventSourceMappingMetricsConfig; the text is chosen',
    sources: ['sqs', 'sqs-fifo', 'kinesis', 'dynamodb'],
  },
  'parameters.access-configuration-type': {
    statement: 'Each kind of Kafka cluster takes its own types of access configuration.',
    grade: 'documented',
    evidence: 'Lambda API reference, SourceAccessConfiguration; the text is chosen',
    sources: ['msk', 'self-managed-kafka'],
  },
  'parameters.consumer-group-taken': {
    statement: 'A consumer group id belongs to one mapping only.',
    grade: 'documented',
    evidence: 'kafka-consumer-group-id; the text is chosen',
    sources: ['msk', 'self-managed-kafka'],
  },
  'parameters.function-exists': {
    statement: 'The function must exist; a missing one is a wrong parameter value, not a missing resource.',
    grade: 'observed',
    evidence: 'A01',
  },
  'parameters.queue-exists': {
    statement: 'The queue must exist: Lambda receives from it once while the mapping is created.',
    grade: 'observed',
    evidence: 'S01',
    sources: ['sqs', 'sqs-fifo'],
  },
  'parameters.stream-exists': {
    statement: 'The stream, or the consumer of it, must exist.',
    grade: 'observed',
    evidence: 'K01, D01',
    sources: ['kinesis', 'dynamodb'],
  },
  'parameters.cluster-exists': {
    statement: 'The MSK cluster must exist.',
    grade: 'chosen',
    evidence: 'chosen: AWS refuses it with a text that is not established',
    sources: ['msk'],
  },
  'parameters.source-in-same-region': {
    statement: 'The event source must be in the Region of the function.',
    grade: 'documented',
    evidence: 'with-sqs, services-kinesis-create; the text is chosen',
    sources: ['sqs', 'sqs-fifo', 'kinesis', 'dynamodb', 'msk'],
  },
  'parameters.visibility-timeout': {
    statement: "A queue's visibility timeout must not be shorter than the function's timeout.",
    grade: 'documented',
    evidence: 'services-sqs-configure; text from many public reports of AWS',
    sources: ['sqs', 'sqs-fifo'],
  },
  'parameters.kafka-function-timeout': {
    statement: 'The function of a Kafka mapping may run for at most 14 minutes.',
    grade: 'documented',
    evidence: 'with-msk, with-kafka; the text is chosen',
    sources: ['msk', 'self-managed-kafka'],
  },
  'parameters.duplicate-mapping': {
    statement:
      'A function (or a version or alias of it) can have one mapping for an event source; for Kafka, one for a topic.',
    grade: 'observed',
    evidence: 'S32, K04, D03, A08a',
  },
  'parameters.unknown-mapping': {
    statement: 'A call that names a mapping which does not exist, or no longer does, is answered with 404.',
    grade: 'observed',
    evidence: 'A01',
  },
  'mapping.state-creating': {
    statement: 'A new mapping is Creating before it is Enabled.',
    grade: 'observed',
    evidence: 'A03',
  },
  'mapping.state-created-disabled': {
    statement: 'A mapping created with Enabled false is Disabled at once.',
    grade: 'observed',
    evidence: 'S10 for queues; for streams and topics chosen: the same',
  },
  'mapping.state-enabling': {
    statement: 'A disabled mapping that is switched on is Enabling before it polls.',
    grade: 'observed',
    evidence: 'S10',
  },
  'mapping.state-disabling': {
    statement: 'A mapping that is switched off is Disabling while it starts nothing new and lets what runs finish.',
    grade: 'observed',
    evidence: 'D04',
  },
  'mapping.state-updating': {
    statement:
      'A mapping whose settings change is Updating; the answer shows the new values, which then come into force.',
    grade: 'observed',
    evidence: 'Lambda API reference, State; new values in the answer: seen for SQS, chosen for the others',
  },
  'mapping.state-deleting': {
    statement: 'A mapping that is deleted is Deleting, with its last configuration in the answer, and then gone.',
    grade: 'observed',
    evidence: 'A03',
  },
  'mapping.state-settled': {
    statement: 'A transition ends after the configured time, which is zero unless it is set.',
    grade: 'chosen',
    evidence: 'chosen: AWS takes seconds to minutes',
  },
  'mapping.state-in-use': {
    statement: 'A mapping in the middle of a transition can be neither updated nor deleted.',
    grade: 'documented',
    evidence: 'Lambda API reference, ResourceInUseException; texts from public reports of AWS',
  },
} as const satisfies RuleTable;
