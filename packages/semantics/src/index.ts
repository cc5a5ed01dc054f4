export {
  type CompiledFilters,
  type CompiledPattern,
  compileFilters,
  compilePattern,
  type FilterOptions,
  type FilterVerdict,
  matchesFilters,
  matchesPattern,
  type PatternRefused,
} from './filter/index.ts';
export {
  createLifecycle,
  isInUse,
  type Lifecycle,
  type LifecycleAnswer,
  type LifecycleRequest,
  type LifecycleState,
  requestLifecycle,
  type SettledState,
  settleLifecycle,
  stateTransitionReason,
  type TransitionTimes,
} from './mapping/lifecycle.ts';
export type {
  FailureDestination,
  MappingSettings,
  MetricsGroup,
  ProvisionedPollers,
  StartingPosition,
} from './mapping/settings.ts';
export { isRuleId, type RuleId, rules, sentence } from './rules/index.ts';
export type { Grade, Rule, RuleData, RuleTable } from './rules/rule.ts';
export type {
  AttributeMap,
  AttributeValue,
  ChangeRecord,
  KinesisRecord,
  MessageAttribute,
  Placed,
  ReceivedMessage,
  SentMessage,
  TopicRecord,
} from './sources/records.ts';
export type {
  ClosedBy,
  DecodedData,
  DiscardCondition,
  FilterView,
  Millis,
  Outcome,
  PolledRecord,
  Position,
  SourceKind,
} from './vocabulary.ts';
