/** Schema of the functions. */
import { durationPattern, durationWords } from '../units.ts';
import { anything, duration, listOf, mapOf, objectOf, type SchemaNode, text, whole } from './node.ts';

/** Known to the format, but only where functions really run somewhere. */
export const liveFunctionFields: Readonly<Record<string, SchemaNode>> = {
  run: {
    enum: ['worker', 'inline', 'isolated', 'http', 'lambda'],
    default: 'worker',
    description:
      'Live only: in a worker thread, on the main thread, in processes over the Lambda Runtime API, over HTTP to a runtime emulator, or through a Lambda endpoint.',
  },
  command: {
    type: ['string', 'array'],
    items: text('A word of the command.'),
    minItems: 1,
    minLength: 1,
    description: 'Live only: the command that starts an isolated function; it speaks the Lambda Runtime API.',
    errorMessage: 'must be a command, as text or as a list of words',
  },
  env: mapOf('Live only: environment variables of the function.', { type: 'string' }),
  memory: whole('Live only: memory in MB.', 128, { maximum: 10_240, default: 128 }),
  url: text('Live only: of the runtime emulator (http), or the endpoint of Lambda (lambda).'),
};

const actions = [
  'report',
  'throw',
  'timeout',
  'exit',
  'out-of-memory',
  'too-large',
  'throttle',
  'unreachable',
  'return',
];

const behaviorRule = objectOf(
  'a behavior rule',
  {
    match: mapOf('An event-filter pattern over the decoded record; without it the rule matches every record.'),
    attempts: whole("Only on a record's first so many deliveries.", 1),
    on: { enum: ['final-window'], description: 'Only in the final invocation of a tumbling window.' },
    do: {
      enum: actions,
      description:
        'report: name each matching record in batchItemFailures; throttle and unreachable: it never runs; return: answer `value` or `raw`.',
    },
    value: anything('For `return`: the answer, also null and "".'),
    raw: { type: 'string', description: 'For `return`, instead of `value`: the body as it stands, also no JSON.' },
    duration: duration("Of this invocation, instead of the function's."),
  },
  ['do'],
);

const durationOf: SchemaNode = {
  type: ['string', 'integer', 'object'],
  pattern: durationPattern,
  minimum: 0,
  maximum: 0,
  title: 'a duration',
  properties: {
    min: duration('Drawn from the seed: the least.'),
    max: duration('Drawn from the seed: the most.'),
    base: duration('Linear: for the invocation.'),
    perRecord: duration('Linear: for each record.'),
  },
  additionalProperties: false,
  default: '10ms',
  description:
    'Virtual duration: fixed, { min, max } drawn from the seed, or { base, perRecord }. Over `timeout` it times out.',
  errorMessage: `must be ${durationWords}, { min, max } or { base, perRecord }`,
};

export const functionEntry = objectOf('a function', {
  name: text('Name of the function.', { default: 'function' }),
  timeout: duration('The function timeout.', '3s'),
  reservedConcurrency: whole('Reserved concurrency; 0 stops the function.', 0),
  coldStart: duration('Added when an environment starts.', '0ms'),
  duration: durationOf,
  handler: text('Real code: ./handler.mjs#export, relative to this file. Its virtual duration is still `duration`.'),
  behavior: listOf(behaviorRule, 'Scripted behavior: all rules that match fire.'),
  ...liveFunctionFields,
});
