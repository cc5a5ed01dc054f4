/** Queues are closed while Redis is away: whatever waits for it ends, and nothing is repeated for ever. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startRedis } from '../../../../infra/components/redis.mjs';
import { describeWith } from '../../../../test/components/available.ts';
import { redisQueues } from '../../src/index.ts';
import { queueDefinition } from './support/definitions.ts';

describeWith(['redis'], 'queues that are closed without Redis', () => {
  test.each(['q', 'q.fifo'])('end a send to %s that has had no answer', async (name) => {
    const redis = await startRedis();
    const queues = redisQueues({ redis: redis.url });
    await queues.create(queueDefinition(name));
    const queue = queues.open(name);
    const message = { body: 'x', ...(name.endsWith('.fifo') && { groupId: 'g', dedupId: 'd' }) };
    await queue.send([message]);
    redis.pause();
    const sending = queue.send([{ ...message, body: 'y' }]).catch((error) => error.code);
    await redis.kill();
    await queues.close();
    expect(await Promise.race([sending, sleep(5000, 'still waits')])).toBe('REDIS_CONNECTION_LOST');
    await redis.stop();
  });
});
