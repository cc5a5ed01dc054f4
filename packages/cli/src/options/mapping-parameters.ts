/**
 * Every parameter of CreateEventSourceMapping as a flag: one table of AWS's names and types, from which flags, help
 * and the request are made. Ranges are not checked here: AWS's own validation refuses in AWS's words.
 */
import { type Command, Option } from 'commander';
import { anyNumber, collect, jsonText, wholeNumber, yesOrNo } from './values.ts';

type Kind = 'whole' | 'number' | 'text' | 'switch' | 'boolean' | 'list' | 'json';

interface ParameterFlag {
  /** Where it stands in the request, AWS's names with dots between. */
  readonly path: string;
  readonly kind: Kind;
  readonly value: string;
  readonly help: string;
  /** Instead of the path in kebab case. */
  readonly flag?: string;
}

function flag(path: string, kind: Kind, value: string, help: string, name?: string): ParameterFlag {
  return { path, kind, value, help, ...(name === undefined ? {} : { flag: name }) };
}

/** In the order in which help lists them. */
export const mappingParameters: readonly ParameterFlag[] = [
  flag('BatchSize', 'whole', 'n', 'most records in a batch'),
  flag('MaximumBatchingWindowInSeconds', 'whole', 'seconds', 'how long a batch may wait to fill'),
  flag('StartingPosition', 'text', 'position', 'TRIM_HORIZON, LATEST or AT_TIMESTAMP'),
  flag('StartingPositionTimestamp', 'number', 'epoch', 'seconds since the epoch, with AT_TIMESTAMP'),
  flag('ParallelizationFactor', 'whole', 'n', 'batches of a shard at once, 1 to 10'),
  flag('MaximumRetryAttempts', 'whole', 'n', 'retries of a failed batch; -1 is without end'),
  flag('MaximumRecordAgeInSeconds', 'whole', 'seconds', 'older records are discarded; -1 is never'),
  flag('BisectBatchOnFunctionError', 'switch', '', 'split a failed batch in halves'),
  flag('TumblingWindowInSeconds', 'whole', 'seconds', 'length of a tumbling window'),
  flag('FunctionResponseTypes', 'list', 'types', 'ReportBatchItemFailures'),
  flag('FilterCriteria', 'json', 'json', 'filters as AWS takes them; see also --filter'),
  flag(
    'DestinationConfig.OnFailure.Destination',
    'text',
    'arn',
    'where discarded batches are described',
    'destination-config-on-failure',
  ),
  flag(
    'DestinationConfig.OnSuccess.Destination',
    'text',
    'arn',
    'refused, as AWS does',
    'destination-config-on-success',
  ),
  flag('ScalingConfig.MaximumConcurrency', 'whole', 'n', 'SQS: most invocations at once', 'maximum-concurrency'),
  flag('ProvisionedPollerConfig.MinimumPollers', 'whole', 'n', 'provisioned mode', 'minimum-pollers'),
  flag('ProvisionedPollerConfig.MaximumPollers', 'whole', 'n', 'provisioned mode', 'maximum-pollers'),
  flag('ProvisionedPollerConfig.PollerGroupName', 'text', 'name', 'provisioned mode', 'poller-group-name'),
  flag('Enabled', 'boolean', 'true|false', 'whether it polls from the start'),
  flag('EventSourceArn', 'text', 'arn', 'instead of the one derived from the source'),
  flag('FunctionName', 'text', 'name', 'instead of the one derived from the handler'),
  flag('Topics', 'list', 'names', 'the Kafka topic, a list of one'),
  flag('Queues', 'list', 'names', 'Amazon MQ only'),
  flag('SourceAccessConfigurations', 'json', 'json', 'how to authenticate at the source'),
  flag('SelfManagedEventSource', 'json', 'json', 'endpoints of a self-managed Kafka'),
  flag('AmazonManagedKafkaEventSourceConfig', 'json', 'json', 'consumer group of MSK'),
  flag('SelfManagedKafkaEventSourceConfig', 'json', 'json', 'consumer group of a self-managed Kafka'),
  flag('DocumentDBEventSourceConfig', 'json', 'json', 'Amazon DocumentDB only'),
  flag('KMSKeyArn', 'text', 'arn', 'validated and echoed'),
  flag('MetricsConfig.Metrics', 'list', 'names', 'EventCount, ErrorCount, KafkaMetrics', 'metrics'),
  flag('LoggingConfig', 'json', 'json', 'validated and echoed'),
  flag('Tags', 'json', 'json', 'tags of the mapping'),
];

/** `BisectBatchOnFunctionError` as `bisect-batch-on-function-error`; runs of capitals stay together. */
export function kebab(name: string): string {
  return name
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1-$2')
    .replace(/([a-z\d])([A-Z])/g, '$1-$2')
    .replaceAll('.', '-')
    .toLowerCase();
}

export function flagOf(parameter: ParameterFlag): string {
  return parameter.flag ?? kebab(parameter.path);
}

const parsers: Readonly<Partial<Record<Kind, (text: string) => unknown>>> = {
  whole: wholeNumber,
  number: anyNumber,
  boolean: yesOrNo,
  json: jsonText,
  list: (text) => text.split(',').filter((part) => part !== ''),
};

/** Adds all parameters to a command, under a heading of their own in its help. */
export function addMappingOptions(command: Command): Command {
  for (const parameter of mappingParameters) {
    const value = parameter.kind === 'switch' ? '' : ` <${parameter.value}>`;
    const option = new Option(`--${flagOf(parameter)}${value}`, parameter.help).helpGroup(
      'Mapping (CreateEventSourceMapping):',
    );
    const parse = parsers[parameter.kind];
    command.addOption(parse ? option.argParser(parse) : option);
  }
  return command.addOption(
    new Option('--filter <pattern>', 'an event filter pattern; may be given again')
      .argParser(collect)
      .helpGroup('Mapping (CreateEventSourceMapping):'),
  );
}

/** The CreateEventSourceMapping request that the flags ask for. */
export function mappingRequest(options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const request: Record<string, unknown> = {};
  for (const parameter of mappingParameters) {
    const value = options[camel(flagOf(parameter))];
    if (value !== undefined) place(request, parameter.path.split('.'), value);
  }
  const { filter } = options;
  if (Array.isArray(filter))
    place(
      request,
      ['FilterCriteria', 'Filters'],
      filter.map((Pattern) => ({ Pattern: String(Pattern) })),
    );
  return request;
}

/** As commander names an option's value. */
function camel(name: string): string {
  return name.replace(/-([a-z\d])/g, (_, letter: string) => letter.toUpperCase());
}

function place(into: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [name = '', ...rest] = path;
  if (rest.length === 0) {
    into[name] = value;
    return;
  }
  const inner = { ...(into[name] as Record<string, unknown> | undefined) };
  place(inner, rest, value);
  into[name] = inner;
}
