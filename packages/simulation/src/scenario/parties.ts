/** Which source a mapping reads, and which function it invokes, by its settings. */
import type { MappingSettings } from '@millrace/semantics';
import type { FunctionPlan, SourcePlan } from './plan.ts';

export function isSourceOf(plan: SourcePlan, settings: MappingSettings): boolean {
  if (plan.type === 'self-managed-kafka') return settings.kind === plan.type && settings.topic === plan.topic;
  if (settings.eventSourceArn === plan.arn) return plan.type !== 'msk' || settings.topic === plan.topic;
  return plan.type === 'kinesis' && plan.consumerArn !== undefined && settings.eventSourceArn === plan.consumerArn;
}

/** With whichever version or alias. */
export function isFunctionOf({ arn }: FunctionPlan, { functionArn }: MappingSettings): boolean {
  return functionArn === arn || functionArn.startsWith(`${arn}:`);
}
