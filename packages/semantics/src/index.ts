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
