/**
 * A create or update request, checked as AWS checks it. The order is fixed: shape; source; parameters that the source
 * does not have; parameters that it must have; the function; the rules between parameters, on what the request comes
 * to; filter patterns; the source itself; other mappings. The first rule that is broken answers.
 */
import type { SourceKind } from '@millrace/semantics';
import type { MappingConfiguration, MappingParameters } from '../configuration/configuration.ts';
import { invalidParameter, type Refusal, validation } from '../errors.ts';
import { notForSource } from './applicability.ts';
import {
  fifoBatchSize,
  fifoWindow,
  filterCount,
  largeBatchNeedsWindow,
  recordAgeRange,
  tumblingNeedsFactorOne,
} from './checks/batching.ts';
import { destinationKind, destinationRequired, kafkaDestination, successDestination } from './checks/destination.ts';
import { duplicateMapping } from './checks/duplicates.ts';
import { type MappedFunction, resolveFunction, sourceProblem, timeoutProblem } from './checks/environment.ts';
import { accessConfigurationTypes, consumerGroupOf, consumerGroupTaken, kafkaRequirements } from './checks/kafka.ts';
import {
  metricsOfSource,
  needsProvisionedMode,
  pollerGroupLimit,
  pollerRange,
  pollersOrMaximumConcurrency,
  pollersRequired,
} from './checks/pollers.ts';
import {
  startingPositionMissing,
  startingPositionUnsupported,
  startingTimestampProblem,
} from './checks/starting-position.ts';
import { mergeParameters } from './merge.ts';
import type { MappingRequest } from './request.ts';
import { createShape, fixedParameters, updateShape } from './request-shapes.ts';
import { shapeProblem, withoutNulls } from './shape.ts';
import { schemaRegistryProblem, sourceOfParameters, sourceOfRequest } from './source.ts';
import type { MappingWorld } from './world.ts';

/** A request that is accepted: what it comes to. */
export interface AcceptedRequest {
  readonly ok: true;
  readonly kind: SourceKind;
  readonly parameters: MappingParameters;
  /** As the request says; absent when an update does not speak of it. */
  readonly enabled?: boolean;
  /** Given at creation only. */
  readonly tags: Readonly<Record<string, string>>;
}

export type ParsedRequest = AcceptedRequest | { readonly ok: false; readonly refusal: Refusal };

/**
 * Checks a request and lays it over the defaults (create) or the current configuration (update, without the UUID).
 * Never throws for what a caller may send.
 */
export function parseMappingRequest(
  operation: 'create' | 'update',
  request: unknown,
  world: MappingWorld,
  current?: MappingConfiguration,
): ParsedRequest {
  const given = withoutNulls(request);
  const misshapen = operation === 'create' ? shapeProblem(createShape, given) : updateShapeProblem(given);
  if (misshapen !== undefined) return { ok: false, refusal: misshapen };
  const typed = given as MappingRequest;
  return current === undefined ? parseCreate(typed, world) : parseUpdate(typed, world, current);
}

function parseCreate(request: MappingRequest, world: MappingWorld): ParsedRequest {
  const kind = sourceOfRequest(request);
  if (typeof kind !== 'string') return { ok: false, refusal: kind };
  const refusal =
    successDestination(request) ??
    schemaRegistryProblem(request) ??
    startingPositionUnsupported(kind, request) ??
    notForSource(kind, request) ??
    kafkaRequirements(kind, request) ??
    startingPositionMissing(kind, request) ??
    startingTimestampProblem(request, world.nowMs) ??
    destinationRequired(request, 'create') ??
    pollersRequired(request, undefined);
  if (refusal !== undefined) return { ok: false, refusal };
  const mapped = resolveFunction(request.FunctionName ?? '', world);
  if ('rule' in mapped) return { ok: false, refusal: mapped };
  const parameters = mergeParameters(kind, request, mapped.echoedArn);
  const problem =
    parametersProblem(kind, parameters, world) ??
    sourceProblem(kind, parameters, world) ??
    timeoutProblem(kind, parameters, mapped.timeoutMs, world) ??
    neighboursProblem(kind, parameters, world.mappings);
  return problem === undefined ? accepted(kind, parameters, request) : { ok: false, refusal: problem };
}

function parseUpdate(request: MappingRequest, world: MappingWorld, current: MappingConfiguration): ParsedRequest {
  const kind = sourceOfParameters(current);
  const refusal =
    successDestination(request) ??
    schemaRegistryProblem(request) ??
    notForSource(kind, request) ??
    consumerGroupFixed(request, current) ??
    destinationRequired(request, 'update') ??
    pollersRequired(request, current);
  if (refusal !== undefined) return { ok: false, refusal };
  const mapped = updatedFunction(request, world, current);
  if (mapped !== undefined && 'rule' in mapped) return { ok: false, refusal: mapped };
  const parameters = mergeParameters(kind, request, mapped?.echoedArn ?? current.FunctionArn, parametersOf(current));
  const others = world.mappings.filter((other) => other.UUID !== current.UUID);
  const problem =
    parametersProblem(kind, parameters, world) ??
    (mapped && timeoutProblem(kind, parameters, mapped.timeoutMs, world)) ??
    neighboursProblem(kind, parameters, others);
  return problem === undefined ? accepted(kind, parameters, request) : { ok: false, refusal: problem };
}

/** The function that an update names, or the one the mapping has; undefined when that one was deleted meanwhile. */
function updatedFunction(
  request: MappingRequest,
  world: MappingWorld,
  current: MappingConfiguration,
): MappedFunction | Refusal | undefined {
  if (request.FunctionName !== undefined) return resolveFunction(request.FunctionName, world);
  const mapped = resolveFunction(current.FunctionArn, world);
  return 'rule' in mapped ? undefined : mapped;
}

function accepted(kind: SourceKind, parameters: MappingParameters, request: MappingRequest): AcceptedRequest {
  const { Enabled: enabled, Tags: tags = {} } = request;
  return { ok: true, kind, parameters, tags, ...(enabled !== undefined && { enabled }) };
}

/** The rules between parameters, in order. */
const parameterChecks: readonly ((kind: SourceKind, parameters: MappingParameters) => Refusal | undefined)[] = [
  largeBatchNeedsWindow,
  fifoWindow,
  fifoBatchSize,
  recordAgeRange,
  tumblingNeedsFactorOne,
  pollersOrMaximumConcurrency,
  pollerRange,
  needsProvisionedMode,
  metricsOfSource,
  accessConfigurationTypes,
  destinationKind,
  kafkaDestination,
  filterCount,
];

function parametersProblem(kind: SourceKind, parameters: MappingParameters, world: MappingWorld): Refusal | undefined {
  for (const check of parameterChecks) {
    const refusal = check(kind, parameters);
    if (refusal !== undefined) return refusal;
  }
  const patterns = parameters.FilterCriteria?.Filters.map((filter) => filter.Pattern) ?? [];
  const problem = patterns.length === 0 ? undefined : world.filterProblem(patterns, kind);
  if (problem === undefined) return undefined;
  const { rule, message, detail } = problem;
  return { ...invalidParameter(rule, message), ...(detail !== undefined && { detail }) };
}

function neighboursProblem(
  kind: SourceKind,
  parameters: MappingParameters,
  others: readonly MappingConfiguration[],
): Refusal | undefined {
  return (
    duplicateMapping(kind, parameters, others) ??
    consumerGroupTaken(parameters, others) ??
    pollerGroupLimit(parameters, others)
  );
}

/** Rule `parameters.fixed-at-creation` comes before the shape, which would only say that the name is unknown. */
function updateShapeProblem(request: unknown): Refusal | undefined {
  const names = typeof request === 'object' && request !== null ? Object.keys(request) : [];
  const name = names.find((candidate) => fixedParameters.includes(candidate));
  return name === undefined ? shapeProblem(updateShape, request) : fixedAtCreation(name);
}

function consumerGroupFixed(request: MappingRequest, current: MappingConfiguration): Refusal | undefined {
  const config = request.AmazonManagedKafkaEventSourceConfig ?? request.SelfManagedKafkaEventSourceConfig;
  const changed = config?.ConsumerGroupId !== undefined && config.ConsumerGroupId !== consumerGroupOf(current);
  return changed ? fixedAtCreation('ConsumerGroupId') : undefined;
}

function fixedAtCreation(name: string): Refusal {
  const message = `${name} cannot be changed after the event source mapping was created.`;
  return validation('parameters.fixed-at-creation', message);
}

function parametersOf(configuration: MappingConfiguration): MappingParameters {
  const {
    UUID: _uuid,
    EventSourceMappingArn: _arn,
    LastModified: _modified,
    LastProcessingResult: _result,
    State: _state,
    StateTransitionReason: _reason,
    ...parameters
  } = configuration;
  return parameters;
}
