/**
 * The request shapes of the operations on event source mappings, with the ranges and patterns of the Lambda API
 * (service model 2015-03-31). Sets of allowed values stand in the API's order, StartingPosition's in the order that
 * AWS's answer shows (A05).
 */
import type { Shape, StructureShape } from './shape.ts';

const region = '((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1})';
const arnPattern = `arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:${region}?:(\\d{12})?:(.*)`;
const host =
  '(([a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9\\-]*[a-zA-Z0-9])\\.)*([A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9\\-]*[A-Za-z0-9])';
const tagPattern = '([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)';

const arn: Shape = { type: 'string', min: 0, max: 10_000, pattern: arnPattern };
const functionName: Shape = {
  type: 'string',
  min: 1,
  max: 256,
  pattern: `(arn:(aws[a-zA-Z-]*)?:lambda:)?(${region}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_\\.]+)(:(\\$LATEST(\\.PUBLISHED)?|[a-zA-Z0-9-_]+))?`,
};
const boolean: Shape = { type: 'boolean' };
const uri: Shape = { type: 'string', min: 1, max: 200, pattern: '[ a-zA-Z0-9-\\/*:_+=.@-]*' };
const anyText: Shape = { type: 'string' };

const destination: Shape = {
  type: 'structure',
  members: {
    Destination: {
      type: 'string',
      min: 0,
      max: 350,
      pattern: `$|kafka://([^.]([a-zA-Z0-9\\-_.]{0,248}))|${arnPattern}`,
    },
  },
};

const schemaRegistry: Shape = {
  type: 'structure',
  members: {
    SchemaRegistryURI: anyText,
    EventRecordFormat: anyText,
    AccessConfigs: { type: 'list', of: { type: 'structure', members: { Type: anyText, URI: anyText } } },
    SchemaValidationConfigs: { type: 'list', of: { type: 'structure', members: { Attribute: anyText } } },
  },
};

const kafkaConfig: Shape = {
  type: 'structure',
  members: { ConsumerGroupId: uri, SchemaRegistryConfig: schemaRegistry },
};

const accessConfigurations: Shape = {
  type: 'list',
  min: 0,
  max: 23,
  of: {
    type: 'structure',
    members: {
      Type: {
        type: 'string',
        values: [
          'BASIC_AUTH',
          'VPC_SUBNET',
          'VPC_SECURITY_GROUP',
          'SASL_SCRAM_512_AUTH',
          'SASL_SCRAM_256_AUTH',
          'VIRTUAL_HOST',
          'CLIENT_CERTIFICATE_TLS_AUTH',
          'SERVER_ROOT_CA_CERTIFICATE',
        ],
      },
      URI: uri,
    },
  },
};

const provisionedPollers: Shape = {
  type: 'structure',
  members: {
    MinimumPollers: { type: 'integer', min: 1, max: 200 },
    MaximumPollers: { type: 'integer', min: 1, max: 10_000 },
    PollerGroupName: { type: 'string', min: 0, max: 128, pattern: '[a-zA-Z0-9-_]*' },
  },
};

const documentDb: Shape = {
  type: 'structure',
  members: {
    DatabaseName: { type: 'string', min: 1, max: 63 },
    CollectionName: { type: 'string', min: 1, max: 57 },
    FullDocument: { type: 'string', values: ['UpdateLookup', 'Default'] },
  },
};

const metrics: Shape = { type: 'string', values: ['EventCount', 'ErrorCount', 'KafkaMetrics'] };
const responseType: Shape = { type: 'string', values: ['ReportBatchItemFailures'] };

/** What can be given at creation and changed later. */
const changeable: Readonly<Record<string, Shape>> = {
  FunctionName: functionName,
  Enabled: boolean,
  BatchSize: { type: 'integer', min: 1, max: 10_000 },
  MaximumBatchingWindowInSeconds: { type: 'integer', min: 0, max: 300 },
  FilterCriteria: {
    type: 'structure',
    members: {
      Filters: {
        type: 'list',
        of: { type: 'structure', members: { Pattern: { type: 'string', min: 0, max: 4096 } } },
      },
    },
  },
  KMSKeyArn: { type: 'string', min: 0, max: 10_000, pattern: '(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()' },
  MetricsConfig: {
    type: 'structure',
    members: { Metrics: { type: 'list', min: 0, max: 3, of: metrics } },
  },
  LoggingConfig: {
    type: 'structure',
    members: { SystemLogLevel: { type: 'string', values: ['DEBUG', 'INFO', 'WARN'] } },
  },
  ScalingConfig: {
    type: 'structure',
    members: { MaximumConcurrency: { type: 'integer', min: 2, max: 1000 } },
  },
  ParallelizationFactor: { type: 'integer', min: 1, max: 10 },
  DestinationConfig: { type: 'structure', members: { OnSuccess: destination, OnFailure: destination } },
  MaximumRecordAgeInSeconds: { type: 'integer', min: -1, max: 604_800 },
  BisectBatchOnFunctionError: boolean,
  MaximumRetryAttempts: { type: 'integer', min: -1, max: 10_000 },
  TumblingWindowInSeconds: { type: 'integer', min: 0, max: 900 },
  SourceAccessConfigurations: accessConfigurations,
  FunctionResponseTypes: { type: 'list', min: 0, max: 1, of: responseType },
  AmazonManagedKafkaEventSourceConfig: kafkaConfig,
  SelfManagedKafkaEventSourceConfig: kafkaConfig,
  DocumentDBEventSourceConfig: documentDb,
  ProvisionedPollerConfig: provisionedPollers,
};

const tags: Shape = {
  type: 'map',
  key: { type: 'string', min: 1, max: 128, pattern: tagPattern },
  of: { type: 'string', min: 0, max: 256, pattern: tagPattern },
};

/** What can be given at creation only. */
const fixed: Readonly<Record<string, Shape>> = {
  EventSourceArn: arn,
  StartingPosition: { type: 'string', values: ['LATEST', 'AT_TIMESTAMP', 'TRIM_HORIZON'] },
  StartingPositionTimestamp: { type: 'timestamp' },
  Topics: {
    type: 'list',
    min: 1,
    max: 1,
    of: { type: 'string', min: 1, max: 249, pattern: '[^.]([a-zA-Z0-9\\-_.]+)' },
  },
  Queues: { type: 'list', min: 1, max: 1, of: { type: 'string', min: 1, max: 1000 } },
  SelfManagedEventSource: {
    type: 'structure',
    members: {
      Endpoints: {
        type: 'map',
        min: 1,
        max: 2,
        key: { type: 'string', values: ['KAFKA_BOOTSTRAP_SERVERS'] },
        of: { type: 'list', min: 1, max: 10, of: { type: 'string', min: 1, max: 300, pattern: `${host}:[0-9]{1,5}` } },
      },
    },
  },
  Tags: tags,
};

/** Parameters that CreateEventSourceMapping has and UpdateEventSourceMapping has not. */
export const fixedParameters: readonly string[] = Object.keys(fixed);

/** CreateEventSourceMapping. */
export const createShape: StructureShape = {
  type: 'structure',
  members: { ...changeable, ...fixed },
  required: ['FunctionName'],
};

/** UpdateEventSourceMapping, without the UUID, which stands in the path. */
export const updateShape: StructureShape = { type: 'structure', members: changeable };

/** GetEventSourceMapping and DeleteEventSourceMapping. */
export const uuidShape: StructureShape = { type: 'structure', members: { UUID: anyText }, required: ['UUID'] };

/** ListEventSourceMappings. */
export const listShape: StructureShape = {
  type: 'structure',
  members: {
    EventSourceArn: arn,
    FunctionName: functionName,
    Marker: anyText,
    MaxItems: { type: 'integer', min: 1, max: 10_000 },
  },
};

const taggable: Shape = {
  type: 'string',
  min: 1,
  max: 10_000,
  pattern: `arn:(aws[a-zA-Z-]*):lambda:${region}:\\d{12}:event-source-mapping:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}`,
};

/** TagResource. */
export const tagShape: StructureShape = {
  type: 'structure',
  members: { Resource: taggable, Tags: tags },
  required: ['Resource', 'Tags'],
};

/** UntagResource. */
export const untagShape: StructureShape = {
  type: 'structure',
  members: { Resource: taggable, TagKeys: { type: 'list', of: { type: 'string', min: 1, max: 128 } } },
  required: ['Resource', 'TagKeys'],
};

/** ListTags. */
export const listTagsShape: StructureShape = {
  type: 'structure',
  members: { Resource: taggable },
  required: ['Resource'],
};
