/** What is said at the start about a Redis that somebody else runs. */
import { connectRedis } from '@millrace/redis';
import { expect, onTestFinished, test } from 'vitest';
import { startRedis } from '../../../infra/components/redis.mjs';
import { describeWith } from '../../../test/components/available.ts';
import { redisWarnings } from '../src/live/redisWarnings.ts';

async function started(options: Parameters<typeof startRedis>[0]) {
  const redis = await startRedis(options);
  const client = connectRedis(redis.url);
  onTestFinished(async () => {
    client.disconnect();
    await redis.stop();
  });
  return { redis, client };
}

const skipped =
  'Of the records that streams and topics get afterwards, readers that had read lost ones skip as many as were lost.';

describeWith(['redis'], 'warnings about Redis', () => {
  test('of one that keeps everything there is nothing to say', async () => {
    const { client } = await started({ appendOnly: true });
    expect(await redisWarnings(client)).toEqual([]);
  });

  test('what it may lose, and what that means for readers', async () => {
    const { client } = await started({ args: ['--maxmemory-policy', 'allkeys-lru'] });
    expect(await redisWarnings(client)).toEqual([
      'Redis may evict keys (maxmemory-policy is allkeys-lru): messages can be lost. Set it to noeviction.',
      `Redis keeps no append-only file (appendonly is no): a restart can lose messages. ${skipped}`,
    ]);
  });

  test('a replica may lack the last writes', async () => {
    const { redis, client } = await started({ appendOnly: true });
    await started({ args: ['--replicaof', `127.0.0.1 ${redis.port}`] });
    const text = `Redis has replicas: a failover can lose the last messages that were answered. ${skipped}`;
    await expect.poll(() => redisWarnings(client), { timeout: 20_000 }).toEqual([text]);
  });
});
