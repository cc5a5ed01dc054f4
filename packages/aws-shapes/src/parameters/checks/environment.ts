/** What must exist around a mapping, and how it must fit: the function, the source, their Region and their timeouts. */
import type { SourceKind } from '@millrace/semantics';
import type { MappingParameters } from '../../configuration/configuration.ts';
import { invalidParameter, type Refusal } from '../../errors.ts';
import { isQueueKind, isTopicKind } from '../applicability.ts';
import { parseArn } from '../arn.ts';
import { parseFunctionName, qualifiedArn } from '../function-name.ts';
import { brokenConstraint, constraintsBroken } from '../shape.ts';
import type { FunctionFacts, SurroundingWorld } from '../world.ts';

/** Functions of Kafka mappings may run for 14 minutes. */
const kafkaFunctionTimeoutMs = 840_000;

/** A function as a mapping uses it. */
export interface MappedFunction extends FunctionFacts {
  /** With the caller's qualifier: what answers echo. */
  readonly echoedArn: string;
}

/** Rule `parameters.function-exists`. A name without an ARN has at most 64 characters. */
export function resolveFunction(name: string, world: SurroundingWorld): MappedFunction | Refusal {
  const reference = parseFunctionName(name);
  if (reference !== undefined && reference.name.length > 64) {
    return constraintsBroken([brokenConstraint(name, 'functionName', 'have length less than or equal to 64')]);
  }
  const foreign =
    (reference?.region ?? world.region) !== world.region ||
    (reference?.accountId ?? world.accountId) !== world.accountId;
  const facts = reference === undefined || foreign ? undefined : world.functionOf(reference);
  if (facts === undefined) return invalidParameter('parameters.function-exists', 'Function does not exist');
  return { ...facts, echoedArn: qualifiedArn(facts.arn, reference?.qualifier) };
}

/** Rules `parameters.source-in-same-region`, `queue-exists`, `stream-exists` and `cluster-exists`. */
export function sourceProblem(
  kind: SourceKind,
  parameters: MappingParameters,
  world: SurroundingWorld,
): Refusal | undefined {
  const arn = parameters.EventSourceArn;
  if (arn === undefined) return undefined;
  const region = parseArn(arn)?.region ?? '';
  if (region !== world.region) {
    const message = `The event source is in Region ${region || '(none)'} and the function in Region ${world.region}: they must be in the same Region.`;
    return invalidParameter('parameters.source-in-same-region', message);
  }
  if (isQueueKind(kind)) return world.queue(arn) === undefined ? queueMissing() : undefined;
  if (kind === 'msk') {
    return world.clusterExists(arn)
      ? undefined
      : invalidParameter('parameters.cluster-exists', `Cluster not found: ${arn}`);
  }
  return world.streamExists(arn) ? undefined : invalidParameter('parameters.stream-exists', `Stream not found: ${arn}`);
}

function queueMissing(): Refusal {
  return invalidParameter(
    'parameters.queue-exists',
    'Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist.',
  );
}

/** Rules `parameters.visibility-timeout` and `parameters.kafka-function-timeout`. */
export function timeoutProblem(
  kind: SourceKind,
  parameters: MappingParameters,
  functionTimeoutMs: number,
  world: SurroundingWorld,
): Refusal | undefined {
  if (isTopicKind(kind) && functionTimeoutMs > kafkaFunctionTimeoutMs) {
    const message = `Function timeout: ${functionTimeoutMs / 1000} seconds is more than the 840 seconds that a Kafka event source allows.`;
    return invalidParameter('parameters.kafka-function-timeout', message);
  }
  const queue = isQueueKind(kind) ? world.queue(parameters.EventSourceArn ?? '') : undefined;
  if (queue === undefined || queue.visibilityTimeoutMs >= functionTimeoutMs) return undefined;
  return invalidParameter(
    'parameters.visibility-timeout',
    `Queue visibility timeout: ${queue.visibilityTimeoutMs / 1000} seconds is less than Function timeout: ${functionTimeoutMs / 1000} seconds`,
  );
}
