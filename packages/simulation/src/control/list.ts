/** ListEventSourceMappings: filters and pages. Filters that name nothing that exists find nothing (A01). */
import {
  listShape,
  type MappingConfiguration,
  parseFunctionName,
  shapeProblem,
  validation,
  withoutNulls,
} from '@millrace/aws-shapes';
import { answered, refused } from './answers.ts';
import type { ControlAnswer, ControlledMapping, ControlState } from './state.ts';

/** AWS returns at most this many mappings a page, whatever MaxItems says. */
const pageLimit = 100;

interface ListRequest {
  readonly EventSourceArn?: string;
  readonly FunctionName?: string;
  readonly Marker?: string;
  readonly MaxItems?: number;
}

export function listMappings(state: ControlState, input: unknown): ControlAnswer {
  const given = withoutNulls(input);
  const problem = shapeProblem(listShape, given);
  if (problem !== undefined) return refused(problem);
  const request = given as ListRequest;
  const after = request.Marker === undefined ? 0 : Number(request.Marker);
  if (!Number.isSafeInteger(after) || after < 0) return refused(unknownMarker(request.Marker ?? ''));
  const found = Object.values(state.mappings).filter((entry) => entry.ordinal > after && isWanted(entry, request));
  const page = found.slice(0, Math.min(request.MaxItems ?? pageLimit, pageLimit));
  const last = page.at(-1);
  return answered(200, {
    EventSourceMappings: page.map((entry) => asListed(entry.configuration)),
    ...(last !== undefined && page.length < found.length && { NextMarker: String(last.ordinal) }),
  });
}

function isWanted({ configuration }: ControlledMapping, request: ListRequest): boolean {
  const { EventSourceArn, FunctionName } = request;
  if (EventSourceArn !== undefined && configuration.EventSourceArn !== EventSourceArn) return false;
  return FunctionName === undefined || isSameFunction(configuration.FunctionArn, FunctionName);
}

/** A function without a qualifier is not its versions or aliases. */
function isSameFunction(arn: string, name: string): boolean {
  const mapped = parseFunctionName(arn);
  const wanted = parseFunctionName(name);
  return mapped?.name === wanted?.name && mapped?.qualifier === wanted?.qualifier;
}

/** Filters that are encrypted with the caller's key are not shown in lists. */
function asListed(configuration: MappingConfiguration): unknown {
  const encrypted = configuration.KMSKeyArn !== undefined && configuration.FilterCriteria !== undefined;
  return encrypted ? { ...configuration, FilterCriteria: null } : configuration;
}

function unknownMarker(marker: string): ReturnType<typeof validation> {
  return validation('parameters.shape-constraint', `The Marker ${marker} is not one that an earlier page returned.`);
}
