/** What a run says of its sources: the status view, the metrics, the lines of a log; on Redis, and of real brokers. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TopicSourcePlan } from '@millrace/simulation';
import { plainLook } from '@millrace/simulation';
import { loadScenario } from '@millrace/simulation/node';
import kafkajs from 'kafkajs';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { type RunningRedis, startRedis } from '../../../infra/components/redis.mjs';
import { describeWith, sharedKafka } from '../../../test/components/available.ts';
import { makeTopic } from '../../../test/components/kafkaTopics.ts';
import { openSession } from '../src/live/session.ts';
import { brokerLag } from '../src/live/statusLag.ts';
import { StatusView } from '../src/live/statusView.ts';
import { newName } from './send-support.ts';
import { scratch } from './support.ts';

async function planOf(text: string) {
  const folder = scratch();
  const file = join(folder, 'shop.yaml');
  writeFileSync(file, text);
  return (await loadScenario(file, undefined, { live: true })).plan;
}

async function eventually(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const untilMs = Date.now() + 20_000;
  while (!(await holds())) {
    if (Date.now() > untilMs) throw new Error(`still not true: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describeWith(['redis'], 'the status of a run', () => {
  let redis: RunningRedis;
  let prefixes = 0;

  beforeAll(async () => {
    redis = await startRedis();
  });

  afterAll(() => redis.stop());

  async function started(text: string) {
    const plan = await planOf(text);
    prefixes += 1;
    const up = await openSession(plan, {
      redisUrl: redis.url,
      folder: scratch(),
      ephemeral: true,
      inline: false,
      maxEnvironments: 10,
      host: '127.0.0.1',
      sqsPort: undefined,
      httpPort: 0,
      prefix: `status${prefixes}`,
      log: () => {},
    });
    onTestFinished(async () => {
      await up.close(5000);
    });
    await up.run.start();
    const metric = async (name: string, mapping: string) => {
      const page = await (await fetch(`${up.httpUrl}/metrics`)).text();
      const found = new RegExp(`^${name}\\{EventSourceMapping="${mapping}"\\} (\\S+)$`, 'm').exec(page);
      return found ? Number(found[1]) : undefined;
    };
    const view = new StatusView(up.run, plainLook(200));
    const table = async () => view.lines(0, await up.depths()).map((line) => line.split(/ {2,}/));
    return { up, metric, table };
  }

  test('of shards: how many are read, and the iterator age; failure records that were dropped', async () => {
    const { up, metric, table } = await started(`
source: { type: kinesis, name: clicks, shards: 3 }
function: { name: worker, behavior: [{ match: { data: ['bad'] }, do: throw }] }
mapping: { StartingPosition: TRIM_HORIZON, MaximumRetryAttempts: 0, BatchSize: 1 }
`);
    const [name = ''] = up.run.mappings.keys();
    const stream = up.substrate.streams.open('clicks');
    const record = (text: string) => ({ partitionKey: 'k', data: Buffer.from(text).toString('base64') });
    await stream.put(['good', 'bad'].map((each) => ({ record: record(each), key: 'k', bytes: 4 })));
    await eventually('one is dropped', async () => (await metric('DroppedEventCount', name)) === 1);
    expect(await metric('IteratorAge', name)).toBeGreaterThan(0);
    expect(await metric('DestinationDeliveryFailures', name)).toBe(0);
    expect(await metric('OffsetLag', name)).toBeUndefined();
    const [head = [], row = []] = await table();
    expect(head.slice(0, 4)).toEqual(['mapping', 'reads', 'iterator age', 'pollers']);
    expect(row.slice(0, 2)).toEqual([name, '3 shards']);
    expect(row[2]).toMatch(/^\d+(ms|s|\.\d+s)$/);
  });

  test('of topics: their partitions and the offset lag, which ends when it is read', async () => {
    const { up, metric, table } = await started(`
sources: [{ type: msk, name: pay, partitions: 4 }, { type: sqs, name: jobs }]
functions: [{ name: worker, reservedConcurrency: 0 }, { name: other }]
mappings:
  - { name: reads, source: pay, function: worker, parameters: { StartingPosition: TRIM_HORIZON } }
  - { name: works, source: jobs, function: other }
`);
    const record = { key: null, value: 'eA==', headers: [] };
    const produced = [0, 0, 0, 2].map((partition) => ({ record, partition }));
    await up.substrate.topics.open('pay').produce(produced);
    expect(await metric('SumOffsetLag', 'reads')).toBe(4);
    expect(await metric('OffsetLag', 'reads')).toBe(4);
    expect(await metric('MaxOffsetLag', 'reads')).toBe(3);
    expect(await metric('OffsetLag', 'works')).toBeUndefined();
    const [head = [], reads = [], works = []] = await table();
    expect(head.slice(0, 5)).toEqual(['mapping', 'reads', 'waiting', 'in flight', 'pollers']);
    expect(reads.slice(0, 3)).toEqual(['reads', '4 partitions', '4']);
    expect(works.slice(0, 3)).toEqual(['works', '0', '0']);
  });
});

describeWith(['kafka'], 'the offset lag of a group', () => {
  test('counts what it has not committed, from the beginning where it never has', async () => {
    const brokers = await sharedKafka();
    const kafka = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING });
    const admin = kafka.admin();
    const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
    await Promise.all([admin.connect(), producer.connect()]);
    const topic = newName();
    await makeTopic(admin, { topic, numPartitions: 3 });
    const counts = [5, 2, 0];
    const messages = counts.flatMap((count, partition) =>
      Array.from({ length: count }, () => ({ partition, value: 'x' })),
    );
    await producer.send({ topic, messages });
    const plan = await planOf(`
source: { type: self-managed-kafka, name: ${topic}, partitions: 3, brokers: ["${brokers[0]}"] }
function: { name: worker }
mapping: { StartingPosition: TRIM_HORIZON }
`);
    const groupId = newName();
    const watch = brokerLag(plan.sources[0] as TopicSourcePlan, plan, groupId);
    // Brokers that have just started know no groups yet; a run looks again, too.
    const first = await vi.waitFor(() => watch.look(), { timeout: 20_000, interval: 200 });
    expect(first).toEqual({ partitions: 3, lag: { sum: 7, max: 5 } });
    await admin.setOffsets({ groupId, topic, partitions: [{ partition: 0, offset: '4' }] });
    expect(await watch.look()).toEqual({ partitions: 3, lag: { sum: 3, max: 2 } });
    await watch.close();
    await Promise.all([admin.disconnect(), producer.disconnect()]);
  }, 60_000);
});
