/** The one place that knows the real simulation: it stands behind the port that the commands use. */
import { type Plan, runPlan, type RunOptions as SimulationOptions, scenarioSchema } from '@millrace/simulation';
import {
  defaultPatienceMs,
  type LoadedScenario,
  loadDocument,
  loadScenario,
  openFixture,
  realPatience,
} from '@millrace/simulation/node';
import type { Engine, Loaded, RunOptions } from './engine.ts';
import type { HandlerGuard } from './handlers/guard.ts';

export function simulationEngine(guard: HandlerGuard): Engine {
  return {
    load: async (file) => runnable(await guard.watch(loadScenario(file)), guard),
    build: async (document) => runnable(await guard.watch(loadDocument(document)), guard),
    fixtureSource: async (file, columns) => {
      const fixture = await openFixture(file, columns);
      await fixture.feed.close?.();
      return { ...fixture.source };
    },
    schema: scenarioSchema,
  };
}

/** Files are given back whatever happens. */
function runnable(scenario: LoadedScenario, guard: HandlerGuard): Loaded {
  const plan = guarded(scenario.plan, guard);
  return {
    run: async (options) => {
      try {
        return await guard.watch(runPlan(plan, scenario.feed, simulationOptions(options, scenario)));
      } finally {
        await scenario.feed.close?.();
      }
    },
  };
}

function guarded(plan: Plan, guard: HandlerGuard): Plan {
  const functions = plan.functions.map((one) =>
    typeof one.handler === 'function' ? { ...one, handler: guard.wrap(one.handler) } : one,
  );
  return { ...plan, functions };
}

function simulationOptions(options: RunOptions, scenario: LoadedScenario): SimulationOptions {
  const { patienceMs = defaultPatienceMs, onLate, ...rest } = options;
  return { ...withShare(rest, scenario), patience: realPatience(patienceMs, onLate) };
}

/** Where nobody knows how many records a fixture has, the share of the file that was read stands in. */
function withShare(options: RunOptions, scenario: LoadedScenario): RunOptions {
  const { onProgress } = options;
  if (!onProgress) return options;
  return {
    ...options,
    onProgress: (state) => {
      const share = state.total === undefined ? scenario.progress() : undefined;
      onProgress(share === undefined ? state : { ...state, share });
    },
  };
}
