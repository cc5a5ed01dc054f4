export { loadHandler, loadHandlerReference } from './load-handler.ts';
export { type LoadedScenario, loadDocument, loadScenario } from './load-scenario.ts';
export { type FixtureOptions, type OpenedFixture, openFixture } from './open-fixture.ts';
export { defaultPatienceMs, realPatience } from './patience.ts';
