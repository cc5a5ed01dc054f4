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

/**
 * The brokers of the one plain Kafka of this test run, as kafkajs takes them: that of KAFKA_BROKERS, else one that is
 * started when the first test asks (2 s). Name topics and groups so that nobody else has them. What kills brokers, logs
 * in or needs properties starts its own: `startKafka()` under `describeWith(['kafka-private'], …)`.
 */
export async function sharedKafka(): Promise<string[]> {
  const brokers = await askDesk(provided().deskUrl, 'kafka');
  return brokers.split(',').map((broker) => broker.trim());
}

/**
 * The endpoint of the one DynamoDB Local of this test run, for DynamoDB and for its Streams, started when the first test
 * asks (1.5 s). Each access key has tables of its own there: take one of your own, and nobody is in the way.
 */
export function sharedDynamoDb(): Promise<string> {
  return askDesk(provided().deskUrl, 'dynamodb-local');
}

/**
 * The endpoint of the one kinesis-mock of this test run, started when the first test asks (1 s). Streams come and go
 * within 20 ms. Name yours so that nobody else has them; an access key of twelve digits is an account of its own.
 */
export function sharedKinesis(): Promise<string> {
  return askDesk(provided().deskUrl, 'kinesis-mock');
}
