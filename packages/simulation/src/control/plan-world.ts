/** The world that a plan declares, as the control plane asks for it. */
import type { SurroundingWorld } from '@millrace/aws-shapes';
import { isQueue, isTopic, type Plan, type QueueSourcePlan, type SourcePlan } from '../scenario/plan.ts';
import { filterProblem } from './filter-problem.ts';

/** Visibility timeout of a queue that is only declared as the dead-letter queue of another. */
const defaultVisibilityMs = 30_000;

/**
 * What exists around the mappings of a plan: its functions (with any version or alias: a plan declares none), its
 * sources, their consumers, and the dead-letter queues that its queues name.
 */
export function worldOfPlan(plan: Plan): SurroundingWorld {
  const queues = queuesOf(plan.sources.filter(isQueue));
  const streams = new Set(plan.sources.filter((source) => !isQueue(source) && !isTopic(source)).flatMap(streamArns));
  const clusters = new Set(plan.sources.filter((source) => source.type === 'msk').map((source) => source.arn));
  const functions = new Map(plan.functions.map(({ name, arn, timeoutMs }) => [name, { arn, timeoutMs }]));
  return {
    region: plan.region,
    accountId: plan.accountId,
    functionOf: ({ name }) => functions.get(name),
    queue: (arn) => queues.get(arn),
    streamExists: (arn) => streams.has(arn),
    clusterExists: (arn) => clusters.has(arn),
    filterProblem: (patterns, kind) => filterProblem(patterns, kind, { strict: plan.choices.strictFilters }),
  };
}

function queuesOf(sources: readonly QueueSourcePlan[]): ReadonlyMap<string, { visibilityTimeoutMs: number }> {
  const queues = new Map<string, { visibilityTimeoutMs: number }>();
  for (const { arn, redrive } of sources) {
    if (redrive !== undefined)
      queues.set(sibling(arn, redrive.deadLetterQueue), { visibilityTimeoutMs: defaultVisibilityMs });
  }
  for (const { arn, visibilityTimeoutMs } of sources) queues.set(arn, { visibilityTimeoutMs });
  return queues;
}

/** The ARN of another queue beside one. */
function sibling(arn: string, name: string): string {
  return `${arn.slice(0, arn.lastIndexOf(':'))}:${name}`;
}

function streamArns(source: SourcePlan): string[] {
  const consumer = source.type === 'kinesis' ? source.consumerArn : undefined;
  return consumer === undefined ? [source.arn] : [source.arn, consumer];
}
