/** Runs once before all tests, in vitest's main process: makes components ready, and says at the end what was left out. */
import type { TestProject } from 'vitest/node';
import { startElasticMq } from '../../infra/components/elasticmq.mjs';
import { type ComponentName, type ComponentStatus, ensureComponents } from '../../infra/components/ensure.mjs';
import { openDesk } from './desk.ts';
import { leftOutLines } from './left-out.ts';

function say(line: string): void {
  process.stderr.write(`millrace: ${line}\n`);
}

async function openElasticMq({ url }: ComponentStatus) {
  return url === undefined ? startElasticMq({ say }) : { url, stop: async () => {} };
}

/** The names of the tests that did not run. */
function skippedNames(project: TestProject): readonly string[] {
  return project.vitest.state
    .getTestModules()
    .flatMap((module) => [...module.children.allTests('skipped')].map((test) => test.fullName));
}

/** @returns what runs after all tests. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const statuses: Record<ComponentName, ComponentStatus> = await ensureComponents({ say });
  const desk = await openDesk(() => openElasticMq(statuses.elasticmq));
  project.provide('components', { statuses, deskUrl: desk.url });
  return async () => {
    await desk.close();
    for (const line of leftOutLines(statuses, skippedNames(project))) say(line);
  };
}
