export {
  changedConfiguration,
  type Filter,
  type KafkaEventSourceConfig,
  type MappingConfiguration,
  type MappingIdentity,
  type MappingParameters,
  newConfiguration,
  noRecordsProcessed,
  type ProvisionedPollerConfig,
  processedOk,
  processedWithProblem,
  type SourceAccessConfiguration,
} from './configuration/configuration.ts';
export {
  conflict,
  type ErrorCode,
  errorBody,
  inUse,
  invalidParameter,
  notFound,
  type Refusal,
  validation,
} from './errors.ts';
export { applicability } from './parameters/applicability.ts';
export { type Arn, parseArn, sourceOfArn, type UnsupportedSource } from './parameters/arn.ts';
export { carriedParameters } from './parameters/carried.ts';
export { type FunctionReference, parseFunctionName, qualifiedArn } from './parameters/function-name.ts';
export { type AcceptedRequest, type ParsedRequest, parseMappingRequest } from './parameters/parse.ts';
export type { MappingRequest } from './parameters/request.ts';
export {
  createShape,
  fixedParameters,
  listShape,
  listTagsShape,
  tagShape,
  untagShape,
  updateShape,
  uuidShape,
} from './parameters/request-shapes.ts';
export { settingsOf } from './parameters/settings.ts';
export { type Shape, type StructureShape, shapeProblem, withoutNulls } from './parameters/shape.ts';
export type {
  FilterProblem,
  FunctionFacts,
  MappingWorld,
  QueueFacts,
  SurroundingWorld,
} from './parameters/world.ts';
