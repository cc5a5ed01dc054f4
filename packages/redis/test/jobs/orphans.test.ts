/** A job whose orderer is gone: its worker takes it out of the in-flight register once it has ended. */
import { systemClock } from '@millrace/runtime';
import { expect, test } from 'vitest';
import { describeWith } from '../../../../test/components/available.ts';
import { bullJobs, connectPatiently, epochKey, redisRegister } from '../../src/index.ts';
import { ownRedis } from '../support/ownRedis.ts';
import { CountingInvoker, eventually } from './support.ts';

describeWith(['redis'], 'a job whose orderer is gone', () => {
  const redis = ownRedis(connectPatiently);

  test.each([
    ['without lanes of its own', undefined, ['attempt']],
    ['in lanes', ['x', 'y'], ['x', 'y']],
  ])('%s leaves the register when it has ended, and not before', async (title, lanes, entered) => {
    const functionName = title.replaceAll(' ', '-');
    const register = redisRegister(redis.client, { clock: systemClock });
    const [former, owner] = [1, 2].map((epoch) => ({ name: `slot-${functionName}`, epoch }));
    if (!former || !owner) throw new Error('two owners');
    let end: () => void = () => {};
    const invoker = new CountingInvoker(() => new Promise<void>((resolve) => (end = resolve)));
    const connection = connectPatiently(redis.url);
    const ordering = bullJobs({ connection, clock: systemClock });
    const working = bullJobs({ connection: redis.client, clock: systemClock });
    const worker = working.worker({ functionName, invoker, concurrency: 1 });
    await redis.client.set(epochKey('millrace', former.name), former.epoch);
    const deadlineMs = systemClock.now() + 60_000;
    await register.begin(former, { attemptId: 'attempt', lanes: entered, deadlineMs });
    const orderer = ordering.invoker({ functionName, timeoutMs: 30_000 });
    void orderer.invoke({ attemptId: 'attempt', requestId: 'r', event: {}, owner: former, lanes });
    await eventually(() => invoker.ran.length === 1);
    ordering.close();
    connection.disconnect();
    await redis.client.set(epochKey('millrace', owner.name), owner.epoch);
    expect(await register.open(owner)).toHaveLength(entered.length);
    end();
    await expect.poll(() => register.open(owner)).toEqual([]);
    await worker.close(1000);
    working.close();
  });
});
