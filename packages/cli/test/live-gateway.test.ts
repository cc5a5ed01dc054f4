/** The endpoint of `millrace up`, when Redis is in trouble. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectRedis } from '@millrace/redis';
import { loadScenario } from '@millrace/simulation/node';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type RunningRedis, startRedis } from '../../../infra/components/redis.mjs';
import { describeWith } from '../../../test/components/available.ts';
import { openSession } from '../src/live/session.ts';
import { scratch } from './support.ts';

const SCENARIO = `
source: { type: kinesis, name: clicks, shards: 1 }
function: { name: worker }
mapping: { StartingPosition: TRIM_HORIZON }
`;

describeWith(['redis'], 'the endpoint of a run', () => {
  let redis: RunningRedis;
  let prefixes = 0;

  beforeAll(async () => {
    redis = await startRedis({ appendOnly: true });
  });

  afterAll(() => redis.stop());

  async function started() {
    const folder = scratch();
    const file = join(folder, 'clicks.yaml');
    writeFileSync(file, SCENARIO);
    const { plan } = await loadScenario(file, undefined, { live: true });
    const logged: string[] = [];
    const up = await openSession(plan, {
      redisUrl: redis.url,
      folder,
      ephemeral: true,
      inline: false,
      maxEnvironments: 1,
      host: '127.0.0.1',
      sqsPort: 0,
      httpPort: undefined,
      prefix: `gateway${++prefixes}`,
      log: (level, text) => void logged.push(`${level}: ${text}`),
    });
    onTestFinished(async () => {
      await up.close(1000);
    });
    const put = (text: string, signal?: AbortSignal) =>
      fetch(up.sqsUrl!, {
        method: 'POST',
        headers: { 'x-amz-target': 'Kinesis_20131202.PutRecord', 'content-type': 'application/x-amz-json-1.1' },
        body: JSON.stringify({ StreamName: 'clicks', PartitionKey: 'k', Data: btoa(text) }),
        signal: signal ?? null,
      });
    return { up, logged, put };
  }

  test('says in the log why a request failed, and not what was in it', async () => {
    const { logged, put } = await started();
    const admin = connectRedis(redis.url);
    await admin.config('SET', 'maxmemory', '1');
    const { status } = await put('secret');
    await admin.config('SET', 'maxmemory', '0');
    admin.disconnect();
    expect(status).toBe(500);
    expect(logged).toEqual([
      expect.stringMatching(/^error: A request failed inside the gateway\. OOM command not allowed.* \(request \S+\)$/),
    ]);
    expect(logged.join()).not.toContain(btoa('secret'));
  });

  test('puts nothing for clients that gave up while Redis was away', async () => {
    const { up, put } = await started();
    expect((await put('before')).status).toBe(200);
    await redis.kill();
    for (const text of ['one', 'two']) await expect(put(text, AbortSignal.timeout(300))).rejects.toThrow('timeout');
    const waiting = put('after');
    await redis.restart();
    expect((await waiting).status).toBe(200);
    const receipt = await up.substrate.streams
      .open('clicks')
      .read({ shardId: 'shardId-000000000000', fromIndex: 0, maxRecords: 10 });
    expect(receipt!.records.map(({ record }) => 'data' in record && atob(record.data))).toEqual(['before', 'after']);
  });
});
