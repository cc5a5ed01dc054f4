/** The one place that knows the real simulation: it stands behind the port that the commands use. */
import { runPlan, scenarioSchema } from '@millrace/simulation';
import { type LoadedScenario, loadDocument, loadScenario, openFixture } from '@millrace/simulation/node';
import type { Engine, Loaded, RunOptions } from './engine.ts';

export const simulationEngine: Engine = {
  load: async (file) => runnable(await loadScenario(file)),
  build: async (document) => runnable(await loadDocument(document)),
  fixtureSource: async (file, columns) => {
    const fixture = await openFixture(file, columns);
    await fixture.feed.close?.();
    return { ...fixture.source };
  },
  schema: scenarioSchema,
};

/** Files are given back whatever happens. */
function runnable(scenario: LoadedScenario): Loaded {
  return {
    run: async (options) => {
      try {
        return await runPlan(scenario.plan, scenario.feed, withShare(options, scenario));
      } finally {
        await scenario.feed.close?.();
      }
    },
  };
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
