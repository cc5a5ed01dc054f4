/** Runs once before all tests, in vitest's main process: makes components ready, and says at the end what was left out. */
import type { TestProject } from 'vitest/node';
import { startDynamoDbLocal } from '../../infra/components/dynamodbLocal.mjs';
import { startElasticMq } from '../../infra/components/elasticmq.mjs';
import { type ComponentName, type ComponentStatus, ensureComponents } from '../../infra/components/ensure.mjs';
import { startKafka } from '../../infra/components/kafka.mjs';
import { startKinesisMock } from '../../infra/components/kinesisMock.mjs';
import { openDesk, type Shared } from './desk.ts';
import { leftOutLines } from './left-out.ts';

function say(line: string): void {
  process.stderr.write(`millrace: ${line}\n`);
}

/** The one that runs already and that is none of ours to stop, else a new one. */
async function use({ url }: ComponentStatus, start: (how: { say: typeof say }) => Promise<Shared>): Promise<Shared> {
  return url === undefined ? start({ say }) : { url, stop: async () => {} };
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
  const desk = await openDesk({
    elasticmq: () => use(statuses.elasticmq, startElasticMq),
    kafka: () => use(statuses.kafka, startKafka),
    'dynamodb-local': () => use(statuses['dynamodb-local'], startDynamoDbLocal),
    'kinesis-mock': () => use(statuses['kinesis-mock'], startKinesisMock),
  });
  project.provide('components', { statuses, deskUrl: desk.url });
  return async () => {
    await desk.close();
    for (const line of leftOutLines(statuses, skippedNames(project))) say(line);
  };
}
