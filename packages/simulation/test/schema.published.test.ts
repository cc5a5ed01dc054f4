import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { scenarioSchema } from '../src/scenario/schema/scenario.ts';

it('publishes the schema that scenarios are checked against (`millrace schema > packages/simulation/scenario.schema.json`)', () => {
  const published: unknown = JSON.parse(readFileSync(new URL('../scenario.schema.json', import.meta.url), 'utf8'));
  expect(published).toEqual(JSON.parse(JSON.stringify(scenarioSchema)));
});
