import { describe, expect, it } from 'vitest';
import { ControlPlane, worldOfPlan } from '../src/index.ts';
import type { FunctionPlan, Plan, SourcePlan } from '../src/scenario/plan.ts';
import { consumer, queue, startMs, stream, table, told, uuidOf } from './control-world.ts';

const cluster = 'arn:aws:kafka:us-east-1:123456789012:cluster/orders/1';
const fanOut = `${stream}/consumer/fast:1`;
const retentionMs = 86_400_000;
const shards = { shards: 1, retentionMs };
const topic = { topic: 'orders', partitions: 1, retentionMs, committed: {}, bootstrapServers: ['kafka:9092'] };

const sources: readonly SourcePlan[] = [
  {
    type: 'sqs',
    name: 'orders',
    arn: queue,
    visibilityTimeoutMs: 60_000,
    retentionMs,
    delayMs: 0,
    redrive: { maxReceiveCount: 1, deadLetterQueue: 'failed' },
    contentBasedDeduplication: false,
  },
  { type: 'kinesis', name: 'orders', arn: stream, consumer: 'fast', consumerArn: fanOut, ...shards },
  { type: 'dynamodb', name: 'orders', arn: table, tableName: 'orders', viewType: 'NEW_IMAGE', ...shards },
  { type: 'msk', name: 'orders', arn: cluster, ...topic },
];

const functions: readonly FunctionPlan[] = [
  {
    name: 'consumer',
    arn: consumer,
    timeoutMs: 40_000,
    coldStartMs: 0,
    duration: { kind: 'fixed', ms: 1 },
    behavior: [],
  },
];

const plan: Plan = {
  name: 'world',
  seed: 1,
  startMs,
  region: 'us-east-1',
  accountId: '123456789012',
  accountConcurrency: 1000,
  transitionMs: 0,
  choices: {
    sqsScaling: 'current',
    effectiveVisibility: true,
    backoff: { baseMs: 250, capMs: 60_000 },
    strictFilters: false,
  },
  plural: true,
  sources,
  mappings: [],
  functions,
  events: [],
};

describe('the world of a plan', () => {
  const start = { StartingPosition: 'LATEST' };

  it.each([
    ['a queue', { EventSourceArn: queue }, '202 Creating'],
    ['a stream', { EventSourceArn: stream, ...start }, '202 Creating'],
    ['its consumer', { EventSourceArn: fanOut, ...start }, '202 Creating'],
    ['a table', { EventSourceArn: table, ...start }, '202 Creating'],
    ['a cluster', { EventSourceArn: cluster, Topics: ['orders'], ...start }, '202 Creating'],
    [
      'a dead-letter queue, with the default visibility timeout',
      { EventSourceArn: queue.replace('orders', 'failed') },
      '400 InvalidParameterValueException: Queue visibility timeout: 30 seconds is less than Function timeout: 40 seconds',
    ],
    [
      'no stream',
      { EventSourceArn: `${stream}2`, ...start },
      `400 InvalidParameterValueException: Stream not found: ${stream}2`,
    ],
  ])('has %s', (_what, request, answer) => {
    const control = new ControlPlane({ world: worldOfPlan(plan), newUuid: () => uuidOf(1) });
    const [line] = told(
      control.call('CreateEventSourceMapping', { FunctionName: 'consumer:live', ...request }, startMs),
    );
    expect(line).toBe(answer);
  });

  it('has the functions that it names', () => {
    const control = new ControlPlane({ world: worldOfPlan(plan), newUuid: () => uuidOf(1) });
    const answer = control.call('CreateEventSourceMapping', { FunctionName: 'nobody', EventSourceArn: queue }, startMs);
    expect(answer.error?.message).toBe('Function does not exist');
  });
});
