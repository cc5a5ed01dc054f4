/** Schema of events and faults, one branch per `do`. */
import { anything, duration, mapOf, objectOf, ref, type SchemaNode, text, whole } from './node.ts';

const apis = [
  'CreateEventSourceMapping',
  'GetEventSourceMapping',
  'UpdateEventSourceMapping',
  'DeleteEventSourceMapping',
  'ListEventSourceMappings',
  'TagResource',
  'UntagResource',
  'ListTags',
];

const onMapping = { mapping: text('Name of the mapping; may be left out where there is only one.') };
const onSource = { source: text('Name of the source; may be left out where there is only one.') };
const onFunction = { function: text('Name of the function; may be left out where there is only one.') };
const lasting = { for: duration('How long it lasts.') };

function event(
  names: readonly string[],
  fields: Record<string, SchemaNode>,
  required: readonly string[] = [],
): SchemaNode {
  return objectOf(
    `the event ${names.join(' or ')}`,
    { at: duration('When it happens.', '0s'), do: { enum: names }, ...fields },
    ['do', ...required],
  );
}

const expectedAnswer = objectOf('the expected answer of a call', {
  status: whole('HTTP status.', 100),
  body: anything('Subset of the body.'),
  error: objectOf('an expected error', { code: text('Error code.'), message: { type: 'string' } }),
});

export const eventEntry: SchemaNode = {
  type: 'object',
  title: 'an event',
  discriminator: { propertyName: 'do' },
  required: ['do'],
  oneOf: [
    event(['update-mapping'], { set: ref('parameters'), ...onMapping }, ['set']),
    event(['disable', 'enable', 'delete-mapping', 'crash-poller', 'rebalance'], onMapping),
    event(['split-shard'], { shard: text('Shard to split; default: the first open one.'), ...onSource }),
    event(['merge-shards'], {
      shards: {
        type: 'array',
        items: { type: 'string' },
        minItems: 2,
        maxItems: 2,
        description: 'Two adjacent shards; default: the first two open ones.',
        errorMessage: 'must name two shards',
      },
      ...onSource,
    }),
    event(['add-partitions'], { count: whole('So many more.', 1, { default: 1 }), ...onSource }),
    event(['purge'], onSource),
    event(['fail-destination'], { ...lasting, destination: text('ARN; default: every destination.') }, ['for']),
    event(['throttle-function'], { ...lasting, ...onFunction }, ['for']),
    event(['set-concurrency'], {
      reservedConcurrency: whole("The function's new reserved concurrency.", 0),
      reserved: whole('The same, shorter.', 0),
      account: whole("The region's new pool.", 0),
      concurrency: whole("With `function`: its reserved concurrency; without: the region's pool.", 0),
      ...onFunction,
    }),
    event(
      ['call'],
      {
        api: { enum: apis, description: 'A call to the control plane.' },
        with: mapOf('Its parameters by their AWS names.'),
        expect: expectedAnswer,
      },
      ['api'],
    ),
  ],
};
