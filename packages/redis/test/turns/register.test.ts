/** The in-flight register: one attempt per lane, and nothing from a former owner. */
import { type Clock, type Owner, type Register, systemClock } from '@millrace/runtime';
import { Redis } from 'ioredis';
import { beforeEach, describe, expect, test } from 'vitest';
import { epochKey, redisEpochs, redisRegister } from '../../src/index.ts';
import { ownRedis } from '../support/ownRedis.ts';

const redis = ownRedis((url) => new Redis(url));
let register: Register;
const clock = { ...systemClock, nowMs: 1_700_000_000_000, now: () => clock.nowMs } as Clock & { nowMs: number };

beforeEach(async () => {
  await redis.client.flushall();
  register = redisRegister(redis.client, { clock, tellTime: true });
});

async function owner(epoch: number): Promise<Owner> {
  await redis.client.set(epochKey('millrace', 'shard:1'), String(epoch));
  return { name: 'shard:1', epoch };
}

const attempt = (attemptId: string, lanes: readonly string[] = ['a'], lastsMs = 1000) => ({
  attemptId,
  lanes,
  deadlineMs: clock.nowMs + lastsMs,
});

describe('the in-flight register', () => {
  test('takes what its owner begins and ends', async () => {
    const one = await owner(1);
    expect(await register.begin(one, attempt('x', ['a', 'b']))).toEqual({ kind: 'begun' });
    expect(await register.end(one, attempt('x', ['a', 'b']))).toBe('ended');
    const two = await owner(2);
    expect(await register.open(two)).toEqual([]);
  });

  test('refuses a former owner, and somebody who never was one', async () => {
    const one = await owner(1);
    const two = await owner(2);
    expect(await register.begin(one, attempt('x'))).toEqual({ kind: 'deposed' });
    expect(await register.begin({ name: 'nobody', epoch: 1 }, attempt('x'))).toEqual({ kind: 'deposed' });
    expect(await register.open(one)).toBe('deposed');
    expect(await register.open(two)).toEqual([]);
  });

  test('keeps a lane for the attempt of a former owner until its deadline', async () => {
    const one = await owner(1);
    await register.begin(one, attempt('x', ['a'], 1000));
    await register.begin(one, attempt('short', ['b'], 10));
    const two = await owner(2);
    clock.nowMs += 500;
    const by = { lane: 'a', attemptId: 'x', epoch: 1, deadlineMs: clock.nowMs + 500 };
    expect(await register.open(two)).toEqual([by]);
    expect(await register.begin(two, attempt('y', ['c', 'a']))).toEqual({ kind: 'busy', by });
    expect(await register.begin(two, attempt('y', ['c', 'b']))).toEqual({ kind: 'begun' });
    clock.nowMs += 499;
    expect((await register.begin(two, attempt('z'))).kind).toBe('busy');
    clock.nowMs += 1;
    expect((await register.begin(two, attempt('z'))).kind).toBe('begun');
  });

  test('lets a new owner join the attempt of a former one, and end it', async () => {
    const one = await owner(1);
    await register.begin(one, attempt('x'));
    const two = await owner(2);
    expect(await register.begin(two, attempt('x'))).toEqual({ kind: 'begun' });
    expect(await register.end(one, attempt('x'))).toBe('deposed');
    expect(await register.open(await owner(3))).toMatchObject([{ attemptId: 'x', epoch: 2 }]);
    await owner(2);
    expect(await register.end(two, attempt('x'))).toBe('ended');
    expect(await register.open(await owner(3))).toEqual([]);
  });

  test('lets a former owner clear what it began itself: its attempt was answered', async () => {
    const one = await owner(1);
    await register.begin(one, attempt('x'));
    const two = await owner(2);
    expect(await register.end(one, attempt('x'))).toBe('deposed');
    expect(await register.open(two)).toEqual([]);
  });

  test('clears no lane that holds another attempt by now', async () => {
    const one = await owner(1);
    await register.begin(one, attempt('x'));
    await register.begin(one, attempt('y'));
    await register.end(one, attempt('x'));
    expect(await register.open(await owner(2))).toMatchObject([{ attemptId: 'y' }]);
  });
});

test('an epoch is current only when it is the last one', async () => {
  const epochs = redisEpochs(redis.client);
  const one = await owner(1);
  expect(await epochs.isCurrent(one)).toBe(true);
  const two = await owner(2);
  expect(await epochs.isCurrent(one)).toBe(false);
  expect(await epochs.isCurrent(two)).toBe(true);
  expect(await epochs.isCurrent({ name: 'nobody', epoch: 1 })).toBe(false);
});
