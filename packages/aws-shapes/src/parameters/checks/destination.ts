/** Where failed batches may go. */
import type { SourceKind } from '@millrace/semantics';
import type { MappingParameters } from '../../configuration/configuration.ts';
import { invalidParameter, type Refusal } from '../../errors.ts';
import { isTopicKind } from '../applicability.ts';
import { parseArn } from '../arn.ts';
import type { MappingRequest } from '../request.ts';

/** How a Kafka topic is written as a destination. */
export const topicDestinationPrefix = 'kafka://';

/** Rule `parameters.no-success-destination`: for every source, also for those without any destination (A01). */
export function successDestination(request: MappingRequest): Refusal | undefined {
  if (request.DestinationConfig?.OnSuccess === undefined) return undefined;
  return invalidParameter(
    'parameters.no-success-destination',
    'Unsupported DestinationConfig parameter for given event source mapping type.',
  );
}

/** Rule `parameters.destination-required`. An empty text takes a destination away, which a create cannot do. */
export function destinationRequired(request: MappingRequest, operation: 'create' | 'update'): Refusal | undefined {
  const onFailure = request.DestinationConfig?.OnFailure;
  if (onFailure === undefined || onFailure.Destination) return undefined;
  if (operation === 'update' && onFailure.Destination === '') return undefined;
  return invalidParameter(
    'parameters.destination-required',
    'The Destination field is required for an OnFailure configuration.',
  );
}

/** Rule `parameters.destination-kind`. FIFO queues and topics pass here, as on AWS; delivery to them fails. */
export function destinationKind(kind: SourceKind, parameters: MappingParameters): Refusal | undefined {
  const destination = parameters.DestinationConfig?.OnFailure.Destination;
  if (destination === undefined) return undefined;
  if (destination.startsWith(topicDestinationPrefix) && isTopicKind(kind)) return undefined;
  if (['sqs', 'sns', 's3'].includes(parseArn(destination)?.service ?? '')) return undefined;
  return invalidParameter(
    'parameters.destination-kind',
    `Unsupported OnFailure destination for given event source mapping type: ${destination}`,
  );
}

/** Rule `parameters.kafka-destination`. */
export function kafkaDestination(_kind: SourceKind, parameters: MappingParameters): Refusal | undefined {
  const destination = parameters.DestinationConfig?.OnFailure.Destination;
  if (!destination?.startsWith(topicDestinationPrefix)) return undefined;
  if (parameters.ProvisionedPollerConfig === undefined) {
    return refused('A Kafka topic can only be an OnFailure destination in Provisioned Mode.');
  }
  const topic = destination.slice(topicDestinationPrefix.length);
  if (!parameters.Topics?.includes(topic)) return undefined;
  return refused(`The OnFailure destination topic ${topic} must differ from the source topic.`);
}

function refused(message: string): Refusal {
  return invalidParameter('parameters.kafka-destination', message);
}
