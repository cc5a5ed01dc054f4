/** Schema of the expectations. */
import { amount, anything, listOf, mapOf, objectOf, type SchemaNode, text, whole } from './node.ts';

/** Known to the format, but only under load in real time. */
export const liveExpectations = ['throughput', 'latencyMs'] as const;

const fates = [
  'succeeded',
  'filtered',
  'discarded',
  'dead-lettered',
  'expired',
  'removed',
  'deduplicated',
  'skipped',
  'pending',
];

const fate: SchemaNode = {
  type: 'string',
  pattern: `^(${fates.join('|')})$`,
  errorMessage: `must be one of ${fates.join(', ')}`,
};

const ids = listOf({ type: ['string', 'number'] });

export const expectations = objectOf('expect', {
  invocations: amount('Number of invocations.'),
  batches: listOf(ids, 'Record ids of every invocation, in order of start.'),
  deliveries: mapOf('Invocations that ran with a record, by record id.', amount('So often.')),
  fates: mapOf(
    'What became of a record, by record id; plural form: by record id, or by mapping and then by record id.',
    { ...fate, type: ['string', 'object'], additionalProperties: fate },
  ),
  discards: listOf(mapOf('A subset of a discard of the result.'), 'All discards, in order.'),
  errors: listOf(
    objectOf('an expected error', { code: text('Error code.'), message: { type: 'string' } }),
    'How AWS refuses the mapping.',
  ),
  queues: mapOf('Dead-letter queues by name: message subsets, record ids, or the number of messages.'),
  metrics: mapOf('Metrics by name.'),
  checkpoints: mapOf('By shard or topic-partition.'),
  messages: listOf(anything('A subset of a destination document.'), 'Destination documents, in order.'),
  invocationsAt: listOf(
    objectOf(
      'an expected invocation',
      {
        index: whole('Which one, counted from 0.', 0),
        startMs: amount('When it starts.'),
        event: anything('A subset of its event.'),
      },
      ['index'],
    ),
    'Single invocations.',
  ),
  throughput: anything('Live only: records per second.'),
  latencyMs: anything('Live only: percentiles of latency.'),
});
