export type { CreatedMapping, TraceHeader, TraceLine, TraceWhat } from '@millrace/semantics';
export { closestNames, didYouMean } from './closest.ts';
export { type CallLine, type ControlStage, callControl, callOfEvent, createMapping } from './control/calls.ts';
export { ControlPlane, type ControlPlaneOptions, newControlState } from './control/control-plane.ts';
export { filterProblem } from './control/filter-problem.ts';
export { lastResult } from './control/last-result.ts';
export { worldOfPlan } from './control/plan-world.ts';
export type { ControlAnswer, ControlEffect, ControlledMapping, ControlState } from './control/state.ts';
export { Account, changeConcurrency, FunctionCounts } from './engine/functions/account.ts';
export type { Patience } from './engine/functions/handler.ts';
export {
  type ScriptedAnswer,
  ScriptedFunction,
  type ScriptedRefusal,
} from './engine/functions/scriptedFunction.ts';
export { RefusedEvent } from './engine/refusedEvent.ts';
export { type RunOptions, runPlan } from './engine/run.ts';
export { headerOf, startedData } from './engine/setup.ts';
export {
  answerOf,
  type Delivery,
  type DeliveryReason,
  type Life,
  LifeCollector,
  type LifeOptions,
  type Overview,
  OverviewCollector,
  renderLife,
  renderOverview,
} from './explain/index.ts';
export { mergeFeeds } from './feed/merge.ts';
export { recordFeed } from './feed/records.ts';
export type { PlannedArrival } from './feed/repeats.ts';
export { InputError, type InputErrorCode, type InputErrorDetails, inputErrorCodes } from './input-error.ts';
export {
  columns,
  fit,
  formatCount,
  formatMs,
  hang,
  joinSections,
  type Look,
  listNames,
  outcomeTone,
  padEnd,
  padStart,
  plainLook,
  plural,
  type RunTotals,
  renderDiscards,
  renderInvocations,
  renderMisses,
  renderRefusals,
  renderReport,
  renderSummary,
  renderTimeline,
  renderViolations,
  type ShownMiss,
  type ShownRun,
  type TimelineOptions,
  type Tone,
  totalsOf,
  wrap,
} from './render/index.ts';
export type { Run } from './result/conclude.ts';
export { expectationMisses, type Miss } from './result/expect.ts';
export type {
  CallResult,
  DiscardResult,
  Fate,
  InvocationResult,
  MetricsResult,
  OutcomeKind,
  QueueMessageResult,
  RecordResult,
  RunResult,
  Violation,
} from './result/result.ts';
export { roleArn, secretArn } from './scenario/arns.ts';
export { type RunSettings, ScenarioBuilder, scenario } from './scenario/builder.ts';
export type {
  BehaviorDocument,
  Duration,
  DynamodbSource,
  EventDocument,
  FixtureDocument,
  FunctionDocument,
  ItemRecord,
  KafkaRecord,
  KafkaSource,
  KinesisSource,
  MappingDocument,
  QueueRecord,
  QueueSource,
  RecordDocument,
  RecordOf,
  ScenarioDocument,
  ShardRecord,
  SourceDocument,
} from './scenario/document.ts';
export type { MappingParameters } from './scenario/parameters.ts';
export { isFunctionOf, isSourceOf } from './scenario/parties.ts';
export {
  type Arrival,
  type ArrivalFeed,
  type ArrivalPayload,
  type DynamodbSourcePlan,
  type EventPlan,
  type FunctionPlan,
  type HandlerFunction,
  isQueue,
  type KinesisSourcePlan,
  type LiveFunction,
  type LiveSource,
  type MappingPlan,
  type Plan,
  type QueueSourcePlan,
  type SourcePlan,
  type TopicArrival,
  type TopicSourcePlan,
} from './scenario/plan.ts';
export type { Problem } from './scenario/problems.ts';
export {
  normaliseScenario,
  type ReadOptions,
  readScenario,
  type ScenarioRead,
  type ScenarioRefused,
} from './scenario/read.ts';
export type { FixtureRef } from './scenario/resolve/records.ts';
export { scenarioSchema } from './scenario/schema/scenario.ts';
export { parseDuration, parseInstant, parseSpeed } from './scenario/units.ts';
export { type Prepared, type Simulated, type SimulateOptions, simulate } from './simulate.ts';
export {
  type DiscardSubset,
  expectRun,
  type MatcherAnswer,
  type MillraceMatchers,
  millraceMatchers,
  RunAssertionError,
  type RunExpectation,
} from './testing/index.ts';
export { resultOfTrace } from './trace/read.ts';
export { TracedRun, type TracedRunOptions } from './trace/tracedRun.ts';
