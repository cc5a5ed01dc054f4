/** Which event source a request names, and whether there are rules for it. */
import type { SourceKind } from '@millrace/semantics';
import type { MappingParameters } from '../configuration/configuration.ts';
import { invalidParameter, type Refusal } from '../errors.ts';
import { sourceOfArn } from './arn.ts';
import type { MappingRequest } from './request.ts';

/** The kind of source that a create request names, or why it is refused. */
export function sourceOfRequest(request: MappingRequest): SourceKind | Refusal {
  const { EventSourceArn: arn } = request;
  if (arn === undefined && request.SelfManagedEventSource !== undefined) return 'self-managed-kafka';
  const source = arn === undefined ? undefined : sourceOfArn(arn);
  if (source === undefined) return invalidParameter('parameters.unrecognized-source', 'Unrecognized event source.');
  if (source === 'Amazon MQ' || source === 'Amazon DocumentDB') return notSupportedYet(`${source} event sources`);
  return source;
}

/** The kind of source of a mapping that exists. */
export function sourceOfParameters(parameters: Pick<MappingParameters, 'EventSourceArn'>): SourceKind {
  const source =
    parameters.EventSourceArn === undefined ? 'self-managed-kafka' : sourceOfArn(parameters.EventSourceArn);
  if (source === undefined || source === 'Amazon MQ' || source === 'Amazon DocumentDB') {
    throw new Error(`A mapping exists for the event source ${parameters.EventSourceArn}, which validation refuses.`);
  }
  return source;
}

/** Rule `parameters.not-supported-yet`, for a schema registry. */
export function schemaRegistryProblem(request: MappingRequest): Refusal | undefined {
  const configs = [request.AmazonManagedKafkaEventSourceConfig, request.SelfManagedKafkaEventSourceConfig];
  return configs.some((config) => config?.SchemaRegistryConfig !== undefined)
    ? notSupportedYet('Schema registries (SchemaRegistryConfig)')
    : undefined;
}

function notSupportedYet(what: string): Refusal {
  return invalidParameter('parameters.not-supported-yet', `${what} are not supported by Millrace yet.`);
}
