/** What stands at the beginning of a run: who is who, and the mappings of the file. */

import type { Millis, TraceHeader } from '@millrace/semantics';
import { createMapping } from '../control/calls.ts';
import type { ResultContext } from '../result/builder.ts';
import { isQueue, type MappingPlan, type Plan } from '../scenario/plan.ts';
import type { MappingRun } from './mappings/mappingRun.ts';
import type { RecordNames } from './names.ts';
import type { World } from './world.ts';

export function headerOf(plan: Plan): TraceHeader {
  return {
    'millrace-trace': 1,
    scenario: plan.name,
    seed: plan.seed,
    startMs: plan.startMs,
    plural: plan.plural,
    sources: plan.sources.map(({ name, type, arn }) => ({ name, type, arn })),
    mappings: plan.mappings.map((mapping) => ({
      name: mapping.name,
      source: plan.sources[mapping.source]?.name ?? '',
      function: plan.functions[mapping.function]?.name ?? '',
    })),
    functions: plan.functions.map(({ name, timeoutMs }) => ({ name, timeoutMs })),
  };
}

/** Names for what the trace knows by number. */
export function contextOf(
  plan: Plan,
  names: RecordNames,
  summary: boolean,
  mappings: () => readonly MappingRun[],
): ResultContext {
  return {
    scenario: plan.name,
    seed: plan.seed,
    startMs: plan.startMs,
    plural: plan.plural,
    summary,
    sources: plan.sources.map((source) => ({ name: source.name, isQueue: isQueue(source) })),
    recordName: (ordinal) => names.name(ordinal),
    mappingName: (index) => mappings()[index]?.name ?? '',
    functionName: (index) => mappings()[index]?.function.plan.name ?? '',
    mappingsOf: (source) => {
      return mappings().flatMap((mapping, index) => (mapping.source.run.plan === plan.sources[source] ? [index] : []));
    },
    mappingCount: () => mappings().length,
  };
}

/** Creates the file's mappings at their time. False when nothing can come of the run: its only mapping was refused. */
export function startMappings(world: World): boolean {
  const { plan, agenda } = world;
  let refused = 0;
  for (const mapping of plan.mappings) {
    if (mapping.createdAtMs === 0) refused += create(world, mapping) ? 0 : 1;
    else agenda.at(plan.startMs + mapping.createdAtMs, () => void create(world, mapping), { urgency: 0 });
  }
  return refused === 0 || refused < plan.mappings.length || plan.events.length > 0;
}

function create(world: World, mapping: MappingPlan): boolean {
  const answer = createMapping(world, mapping);
  if (answer.error) return false;
  world.apply(answer.effects, () => mapping.name);
  return true;
}

/** What the trace says when a run begins. */
export function startedData(plan: Plan, startMs: Millis): Readonly<Record<string, unknown>> {
  const deadLetterQueues = plan.sources.filter(isQueue).flatMap(({ redrive }) => redrive?.deadLetterQueue ?? []);
  return { virtualStart: new Date(startMs).toISOString(), deadLetterQueues: [...new Set(deadLetterQueues)] };
}
