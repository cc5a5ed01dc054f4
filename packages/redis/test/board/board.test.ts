/** The board on Redis: fenced, and made up for after a lost connection. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type RunningRedis, startRedis } from '../../../../infra/components/redis.mjs';
import { describeWith } from '../../../../test/components/available.ts';
import { connectPatiently, epochKey, type RedisBoard, redisBoard } from '../../src/index.ts';

const NAME = 'mapping/machine';

describeWith(['redis'], 'the board on Redis', () => {
  let redis: RunningRedis;
  let connection: ReturnType<typeof connectPatiently>;
  let board: RedisBoard;

  beforeEach(async () => {
    redis = await startRedis({ appendOnly: true });
    connection = connectPatiently(redis.url);
    connection.on('error', () => {});
    board = redisBoard({ connection });
  });

  afterEach(async () => {
    board.close();
    connection.disconnect();
    await redis.stop();
  });

  const owner = async (epoch: number) => {
    await connection.set(epochKey('millrace', NAME), epoch);
    return { name: NAME, epoch };
  };

  test('keeps what the current owner allows, tells it on, and forgets it', async () => {
    const heard: string[] = [];
    const leave = board.onAllowance(NAME, (poller, batches) => heard.push(`${poller} ${batches}`));
    const current = await owner(1);
    await board.allow(current, 'slot-0', 1);
    await board.allow(current, 'slot-1', 10);
    await expect.poll(() => heard).toEqual(['slot-0 1', 'slot-1 10']);
    await board.forget(current, 'slot-0');
    expect([...(await board.allowances(NAME))]).toEqual([['slot-1', 10]]);
    leave();
  });

  test('refuses a former owner: nothing is kept, nothing is told', async () => {
    const former = await owner(1);
    const current = await owner(2);
    const heard: string[] = [];
    board.onAllowance(NAME, (poller, batches) => heard.push(`${poller} ${batches}`));
    await board.allow(current, 'slot-0', 1);
    await board.allow(former, 'slot-0', 0);
    await board.forget(former, 'slot-0');
    await board.allow(current, 'slot-1', 1);
    await expect.poll(() => heard).toEqual(['slot-0 1', 'slot-1 1']);
    expect([...(await board.allowances(NAME))].sort()).toEqual([
      ['slot-0', 1],
      ['slot-1', 1],
    ]);
  });

  test('after Redis was away, pollers are told what holds, and owners that they may have missed something', async () => {
    const heard: string[] = [];
    let missed = 0;
    board.onAllowance(NAME, (poller, batches) => heard.push(`${poller} ${batches}`));
    const facts: string[] = [];
    board.onFact(
      NAME,
      (fact) => facts.push(fact.what),
      () => (missed += 1),
    );
    await board.allow(await owner(1), 'slot-0', 1);
    await expect.poll(() => heard).toEqual(['slot-0 1']);
    await redis.kill();
    await redis.restart();
    await expect.poll(() => [heard, missed], { timeout: 10_000 }).toEqual([['slot-0 1', 'slot-0 1'], 1]);
    board.tell(NAME, { what: 'slotBusy', poller: 'slot-0' });
    await expect.poll(() => facts).toEqual(['slotBusy']);
  });
});
