/**
 * One call from a scenario to its finished run, for tests and scripts. Pure: it opens no file. What needs one (fixtures,
 * handlers named by file) is loaded by `loadScenario` of `@millrace/simulation/node`, whose answer can be given here.
 */
import { type RunOptions, runPlan } from './engine/run.ts';
import { recordFeed } from './feed/records.ts';
import { InputError } from './input-error.ts';
import type { Run } from './result/conclude.ts';
import type { ScenarioBuilder } from './scenario/builder.ts';
import type { ScenarioDocument } from './scenario/document.ts';
import type { ArrivalFeed, FunctionPlan, Plan } from './scenario/plan.ts';
import { refusalOf } from './scenario/problems.ts';
import { normaliseScenario } from './scenario/read.ts';

/** A plan with its records: what `loadScenario`, `readScenario` and `normaliseScenario` answer. */
export interface Prepared {
  readonly plan: Plan;
  readonly feed: ArrivalFeed | (() => ArrivalFeed);
}

/** What can be simulated. A builder, a document as a scenario file would hold it, or what was read before. */
export type Simulated = ScenarioBuilder | ScenarioDocument | Plan | Prepared;

export interface SimulateOptions extends RunOptions {
  /** The records of a bare plan; without it there are none. */
  readonly feed?: ArrivalFeed;
}

/**
 * Runs a scenario in virtual time. What a scenario does, also a refused mapping or a handler that throws, is in the
 * answer; only a scenario that cannot be run at all rejects.
 *
 * @throws {InputError} one sentence naming the field that is wrong
 */
export async function simulate(input: Simulated, options: SimulateOptions = {}): Promise<Run> {
  const { feed, ...rest } = options;
  const prepared = prepare(input, feed);
  const byFile = prepared.plan.functions.find(needsFile);
  if (byFile) throw new InputError(handlerText(byFile), { code: 'bad-scenario', file: prepared.plan.name });
  return runPlan(prepared.plan, typeof prepared.feed === 'function' ? prepared.feed() : prepared.feed, rest);
}

function prepare(input: Simulated, feed: ArrivalFeed | undefined): Prepared {
  if (isPrepared(input)) return input;
  if (isPlan(input)) return { plan: input, feed: feed ?? recordFeed([]) };
  const read = normaliseScenario(input);
  if (!read.ok) throw refusalOf(read.problems, 'scenario');
  const [fixture] = read.fixtures;
  if (fixture === undefined) return { plan: read.plan, feed: () => read.feed() };
  const what = `\`fixture\` names the file ${fixture.file}; load the scenario with loadDocument of @millrace/simulation/node and simulate what it answers.`;
  throw new InputError(what, { code: 'bad-scenario', file: 'scenario', field: 'fixture' });
}

function isPrepared(input: Simulated): input is Prepared {
  return typeof input === 'object' && input !== null && 'plan' in input && 'feed' in input;
}

/** Only a plan knows its start in milliseconds. */
function isPlan(input: Simulated): input is Plan {
  return typeof input === 'object' && input !== null && 'startMs' in input && 'functions' in input;
}

function needsFile({ handler }: FunctionPlan): boolean {
  return handler !== undefined && typeof handler !== 'function';
}

function handlerText({ name }: FunctionPlan): string {
  return `the handler of function ${name} is in a file; give the function itself, or load the scenario with loadDocument of @millrace/simulation/node and simulate what it answers.`;
}
