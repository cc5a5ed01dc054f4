/**
 * Tests that need real components. A missing one leaves them out, visibly: they count as skipped and the end of the run
 * says why (global-setup.ts). Where components are required (CI, MILLRACE_REQUIRE_COMPONENTS=1) it fails them instead.
 */
import { describe, inject, test } from 'vitest';
import { areRequired, type ComponentName, type ComponentStatus } from '../../infra/components/ensure.mjs';
import { askDesk } from './desk.ts';
import { leftOutMark } from './marks.ts';

declare module 'vitest' {
  interface ProvidedContext {
    components: { readonly statuses: Record<ComponentName, ComponentStatus>; readonly deskUrl: string };
  }
}

/** Why some components are not here: a sentence for each, none when all are here. */
function problemsOf(
  names: readonly ComponentName[],
  statuses: Record<ComponentName, ComponentStatus>,
): readonly string[] {
  return names.flatMap((name) => {
    const { problem } = statuses[name];
    return problem === undefined ? [] : [`${name}: ${problem}`];
  });
}

function provided() {
  const components = inject('components');
  if (!components) throw new Error('The components are not set up: run vitest in the root folder of the repository.');
  return components;
}

/** A suite that needs components: `describeWith(['redis'], 'the queue', () => { test(…) })`. */
export function describeWith(names: readonly ComponentName[], title: string, body: () => void): void {
  const problems = problemsOf(names, provided().statuses);
  if (problems.length === 0) {
    describe(title, body);
  } else if (areRequired()) {
    describe(title, () => {
      test(`has ${names.join(' and ')}`, () => {
        throw new Error(problems.join('\n'));
      });
    });
  } else {
    describe.skip(`${title}${leftOutMark}${names.join(', ')})`, body);
  }
}

/**
 * The endpoint of the one ElasticMQ of this test run, started when the first test asks (1.5 s). Others use it at the same
 * time: name queues so that nobody else has them, and never list or purge what is not yours.
 */
export function sharedElasticMq(): Promise<string> {
  return askDesk(provided().deskUrl, 'elasticmq');
}
