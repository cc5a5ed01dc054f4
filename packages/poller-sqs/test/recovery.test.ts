/** A mapping goes on by itself when its queue was away: removed and made again, or with a Redis that was killed. */

import { systemClock } from '@millrace/runtime';
import { expect, onTestFinished, test } from 'vitest';
import { startRedis } from '../../../infra/components/redis.mjs';
import { describeWith } from '../../../test/components/available.ts';
import { startGateway } from '../../gateway/src/index.ts';
import { redisQueues } from '../../redis/src/index.ts';
import { runMapping } from '../../runtime/src/conformance/pollerSubject.ts';
import { queueSource, sdkClient, substrateClient } from '../src/index.ts';
import { clientOf } from './support/sdk.ts';
import { arnOf, substrateQueue } from './support/substrate.ts';

async function eventually(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const untilMs = Date.now() + 20_000;
  while (!(await holds())) {
    if (Date.now() > untilMs) throw new Error(`still not true: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const SHAPE = { fifo: false, visibilityTimeoutMs: 5000 };

describeWith(['redis'], 'a mapping whose queue was away', () => {
  test.each(['on Redis', 'through the gateway'])(
    'goes on by itself: %s',
    async (place) => {
      const redis = await startRedis({ appendOnly: true });
      const queues = redisQueues({ redis: redis.url });
      const gateway = await startGateway({ queues, region: 'us-east-1', accountId: '123456789012' });
      const sqs = clientOf(gateway.url);
      onTestFinished(async () => {
        sqs.destroy();
        await gateway.close();
        await queues.close();
        await redis.stop();
      });
      const queue = await substrateQueue(queues, 'q', SHAPE);
      const queueUrl = `${gateway.url}/123456789012/q`;
      const client =
        place === 'on Redis' ? substrateClient(queue) : await sdkClient({ client: sqs, queueUrl, clock: systemClock });
      const subject = {
        arn: arnOf('q'),
        source: (batchWindowMs: number) =>
          queueSource({ client, arn: arnOf('q'), region: 'us-east-1', batchWindowMs, clock: systemClock }),
        send: async () => {},
        left: async () => 0,
        deadLetters: async () => [],
      };
      const { seen, driver, stop } = await runMapping(subject, SHAPE, {}, () => null);
      const bodies = () => seen.batches.flat().map(({ body }) => body);

      await queues.remove('q');
      await eventually('it has trouble', () => driver.trouble !== undefined);
      await substrateQueue(queues, 'q', SHAPE);
      await queue.send([{ body: 'made again' }]);
      await eventually('it reads the new one', () => bodies().includes('made again'));
      await eventually('it has no trouble any more', () => driver.trouble === undefined);

      await redis.kill();
      await redis.restart();
      await queue.send([{ body: 'back' }]);
      await eventually('it reads again', () => bodies().includes('back'));
      await eventually('all of it was deleted', async () => {
        const { visible, inFlight } = await queue.counts();
        return visible + inFlight === 0;
      });
      await stop();
      expect(driver.trouble).toBeUndefined();
    },
    60_000,
  );
});
