/** What a Kafka mapping must be given, and what it may not share. */
import type { SourceKind } from '@millrace/semantics';
import type { MappingConfiguration, MappingParameters } from '../../configuration/configuration.ts';
import { conflict, invalidParameter, type Refusal } from '../../errors.ts';
import { isTopicKind } from '../applicability.ts';
import type { MappingRequest } from '../request.ts';

/** Rule `parameters.required-parameter`, in the order source, access, topic. */
export function kafkaRequirements(kind: SourceKind, request: MappingRequest): Refusal | undefined {
  if (!isTopicKind(kind)) return undefined;
  const selfManaged = kind === 'self-managed-kafka';
  if (selfManaged && !request.SelfManagedEventSource?.Endpoints?.KAFKA_BOOTSTRAP_SERVERS) {
    return missing('selfManagedEventSource.endpoints');
  }
  if (selfManaged && !request.SourceAccessConfigurations?.length) return missing('sourceAccessConfigurations');
  return request.Topics === undefined ? missing('topics') : undefined;
}

function missing(name: string): Refusal {
  return invalidParameter('parameters.required-parameter', `Required '${name}' parameter is missing.`);
}

const accessTypes: Readonly<Record<'msk' | 'self-managed-kafka', readonly string[]>> = {
  msk: ['SASL_SCRAM_512_AUTH', 'CLIENT_CERTIFICATE_TLS_AUTH'],
  'self-managed-kafka': [
    'BASIC_AUTH',
    'SASL_SCRAM_512_AUTH',
    'SASL_SCRAM_256_AUTH',
    'CLIENT_CERTIFICATE_TLS_AUTH',
    'SERVER_ROOT_CA_CERTIFICATE',
    'VPC_SUBNET',
    'VPC_SECURITY_GROUP',
  ],
};

/** Rule `parameters.access-configuration-type`. */
export function accessConfigurationTypes(kind: SourceKind, parameters: MappingParameters): Refusal | undefined {
  if (!isTopicKind(kind)) return undefined;
  const entries = parameters.SourceAccessConfigurations ?? [];
  const wrong = entries.find(({ Type, URI }) => URI === undefined || !accessTypes[kind].includes(Type ?? ''));
  if (wrong === undefined) return undefined;
  const reason =
    wrong.Type === undefined || wrong.URI === undefined
      ? 'Each of sourceAccessConfigurations needs a Type and a URI.'
      : `Unsupported source access configuration type ${wrong.Type} for given event source mapping type.`;
  return invalidParameter('parameters.access-configuration-type', reason);
}

/** Rule `parameters.consumer-group-taken`. A group id that is not given is the mapping's own UUID, which is unique. */
export function consumerGroupTaken(
  parameters: MappingParameters,
  others: readonly MappingConfiguration[],
): Refusal | undefined {
  const group = consumerGroupOf(parameters);
  const owner = group === undefined ? undefined : others.find((other) => consumerGroupOf(other) === group);
  if (owner === undefined) return undefined;
  return conflict(
    'parameters.consumer-group-taken',
    `The consumer group id ${group} is already used by the event source mapping with UUID ${owner.UUID}`,
  );
}

/** The consumer group of a Kafka mapping. */
export function consumerGroupOf(parameters: MappingParameters): string | undefined {
  const config = parameters.AmazonManagedKafkaEventSourceConfig ?? parameters.SelfManagedKafkaEventSourceConfig;
  return config?.ConsumerGroupId;
}
