/** TagResource, UntagResource and ListTags, for event source mappings. */
import {
  listTagsShape,
  notFound,
  type StructureShape,
  shapeProblem,
  tagShape,
  untagShape,
  withoutNulls,
} from '@millrace/aws-shapes';
import { answered, refused } from './answers.ts';
import type { ControlAnswer, ControlledMapping, ControlState } from './state.ts';

type Tags = Readonly<Record<string, string>>;

interface TagRequest {
  readonly Resource: string;
  readonly Tags?: Tags;
  readonly TagKeys?: readonly string[];
}

/** Adds tags, and overwrites those with the same key. */
export function tagResource(state: ControlState, input: unknown): ControlAnswer {
  return onTagged(state, input, tagShape, (entry, request) => {
    setTags(state, entry, { ...entry.tags, ...request.Tags });
    return answered(204, null);
  });
}

/** Removes tags; a key that is not there is no error (A09). */
export function untagResource(state: ControlState, input: unknown): ControlAnswer {
  return onTagged(state, input, untagShape, (entry, request) => {
    const kept = Object.entries(entry.tags).filter(([key]) => !request.TagKeys?.includes(key));
    setTags(state, entry, Object.fromEntries(kept));
    return answered(204, null);
  });
}

export function listTags(state: ControlState, input: unknown): ControlAnswer {
  return onTagged(state, input, listTagsShape, (entry) => answered(200, { Tags: entry.tags }));
}

function onTagged(
  state: ControlState,
  input: unknown,
  shape: StructureShape,
  operation: (entry: ControlledMapping, request: TagRequest) => ControlAnswer,
): ControlAnswer {
  const given = withoutNulls(input);
  const problem = shapeProblem(shape, given);
  if (problem !== undefined) return refused(problem);
  const request = given as TagRequest;
  const entry = Object.values(state.mappings).find(
    (candidate) => candidate.configuration.EventSourceMappingArn === request.Resource,
  );
  if (entry !== undefined) return operation(entry, request);
  return refused(notFound('parameters.unknown-mapping', `Event source mapping not found: ${request.Resource}`));
}

function setTags(state: ControlState, entry: ControlledMapping, tags: Tags): void {
  state.mappings[entry.configuration.UUID] = { ...entry, tags };
}
