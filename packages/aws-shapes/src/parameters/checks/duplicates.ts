/**
 * Rule `parameters.duplicate-mapping`: one mapping for a function and a source. A function, each of its versions and
 * each of its aliases count as different functions. Kafka: one for a function, a topic and a cluster; any common broker
 * makes two clusters the same.
 */
import type { SourceKind } from '@millrace/semantics';
import type { MappingConfiguration, MappingParameters } from '../../configuration/configuration.ts';
import { conflict, type Refusal } from '../../errors.ts';
import { isQueueKind, isTopicKind } from '../applicability.ts';
import { parseFunctionName } from '../function-name.ts';

export function duplicateMapping(
  kind: SourceKind,
  parameters: MappingParameters,
  others: readonly MappingConfiguration[],
): Refusal | undefined {
  const twin = others.find((other) => other.FunctionArn === parameters.FunctionArn && sameSource(parameters, other));
  if (twin === undefined) return undefined;
  const advice = `Please update or delete the existing mapping with UUID ${twin.UUID}`;
  return conflict('parameters.duplicate-mapping', `${description(kind, parameters)} already exists. ${advice}`);
}

function sameSource(one: MappingParameters, other: MappingParameters): boolean {
  if (one.EventSourceArn !== other.EventSourceArn) return false;
  const topics = one.Topics ?? [];
  if (topics.length > 0 && !topics.some((topic) => other.Topics?.includes(topic))) return false;
  const brokers = brokersOf(one);
  return one.EventSourceArn !== undefined || brokersOf(other).some((broker) => brokers.includes(broker));
}

/** AWS's three wordings. The blanks inside the quotes are AWS's (S32, K04); queues and streams name the function. */
function description(kind: SourceKind, parameters: MappingParameters): string {
  const arn = parameters.EventSourceArn;
  const name = parseFunctionName(parameters.FunctionArn)?.name ?? parameters.FunctionArn;
  if (isQueueKind(kind)) return `An event source mapping with SQS arn (" ${arn} ") and function (" ${name} ")`;
  if (!isTopicKind(kind)) return `The event source arn (" ${arn} ") and function (" ${name} ") provided mapping`;
  const source = arn ?? brokersOf(parameters).join(',');
  const topics = (parameters.Topics ?? []).join(',');
  return `An event source mapping with event source ("${source}"), function ("${parameters.FunctionArn}"), topics ("${topics}")`;
}

function brokersOf(parameters: MappingParameters): readonly string[] {
  return parameters.SelfManagedEventSource?.Endpoints.KAFKA_BOOTSTRAP_SERVERS ?? [];
}
