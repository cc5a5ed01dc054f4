/** Turns: one process per name, fair parts, a new epoch each time, and an end to everything. */
import { systemClock, type Turn, type TurnHandler, type Turns } from '@millrace/runtime';
import { afterEach, describe, expect, test } from 'vitest';
import { connectPatiently, epochKey, type RedisTurnsOptions, redisTurns } from '../../src/index.ts';
import { claimScript } from '../../src/turns/scripts.ts';
import { eventually, kill, startProcess } from '../jobs/support.ts';
import { ownRedis } from '../support/ownRedis.ts';

const SERVER = new URL('./fixtures/server.mjs', import.meta.url);

const redis = ownRedis(connectPatiently);
const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  await redis.client.flushall();
});

/** One process's turns, on a connection of its own. */
function turnsOf(options: Partial<RedisTurnsOptions> = {}): Turns {
  const connection = connectPatiently(redis.url);
  const turns = redisTurns({ connection, clock: systemClock, turnMs: 400, ...options });
  closing.push(async () => {
    await turns.close(500);
    connection.disconnect();
  });
  return turns;
}

/** Keeps every turn until it is to end. */
class Served {
  readonly turns: Turn[] = [];
  readonly handler: TurnHandler = async (turn) => {
    this.turns.push(turn);
    await ended(turn.ending);
  };
}

function ended(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

const tenNames = Array.from({ length: 10 }, (_, at) => `mapping:m/slot-${at}`);

describe('turns', () => {
  test('a name is served, goes on while nobody else wants it, and ends when it is removed', async () => {
    const served = new Served();
    const turns = turnsOf();
    turns.serve(served.handler);
    await turns.add('slot:1');
    await turns.add('slot:1');
    await eventually(() => served.turns.length === 1);
    const [turn] = served.turns as [Turn];
    expect(turn).toMatchObject({ name: 'slot:1', epoch: 1 });
    expect(await redis.client.get(epochKey('millrace', 'slot:1'))).toBe('1');
    const firstEnd = turn.endsAtMs;
    await eventually(() => turn.endsAtMs > firstEnd);
    expect(turn.ending.aborted).toBe(false);
    await turns.remove('slot:1');
    await eventually(() => turns.held().length === 0);
    expect(turn.lost.aborted).toBe(false);
    expect(await turns.names()).toEqual([]);
    expect(await redis.client.keys('*turn-slot*')).toEqual([]);
    await turns.add('slot:1');
    await eventually(() => served.turns.length === 2);
    expect(served.turns[1]?.epoch).toBe(2);
  });

  test('two processes end with five of ten names each, and never hold one both', async () => {
    const [one, two] = [new Served(), new Served()];
    const first = turnsOf();
    for (const name of tenNames) await first.add(name);
    first.serve(one.handler);
    await eventually(() => first.held().length === 10);
    const second = turnsOf();
    second.serve(two.handler);
    await eventually(() => first.held().length === 5 && second.held().length === 5);
    expect([...first.held(), ...second.held()].sort()).toEqual([...tenNames].sort());
    const epochs = [...one.turns, ...two.turns].map(({ name, epoch }) => `${name} ${epoch}`);
    expect(new Set(epochs).size).toBe(epochs.length);
    await second.close(500);
    await eventually(() => first.held().length === 10);
  });

  test('what nobody wants is taken less and less often', async () => {
    const turns = turnsOf();
    const beganMs: number[] = [];
    turns.serve(async (turn) => {
      beganMs.push(systemClock.now());
      if (beganMs.length > 3) await ended(turn.ending);
    });
    await turns.add('unwanted');
    await eventually(() => beganMs.length === 4);
    const pauses = beganMs.slice(1).map((atMs, index) => atMs - (beganMs[index] ?? 0));
    for (const [index, leastMs] of [499, 999, 1999].entries()) expect(pauses[index]).toBeGreaterThanOrEqual(leastMs);
  });

  test('a handler that returns gives its turn away, and gets the next one with a greater epoch', async () => {
    const epochs: number[] = [];
    const turns = turnsOf();
    turns.serve(async ({ epoch }) => {
      epochs.push(epoch);
      if (epoch === 2) throw new Error('a handler that fails');
    });
    await turns.add('a');
    await eventually(() => epochs.length === 3);
    expect(epochs).toEqual([1, 2, 3]);
  });

  test('draining keeps the turn, but not for ever', async () => {
    const over: string[] = [];
    const turns = turnsOf({ drainMs: 300 });
    let isServed = false;
    turns.serve(async (turn) => {
      isServed = true;
      await ended(turn.ending);
      over.push('ending');
      expect(await redis.client.exists('{millrace:turns:pollers}:turns:turn-slow:lock')).toBe(1);
      await ended(turn.lost);
      over.push('lost');
    });
    await turns.add('slow');
    // A turn is held a moment before its handler is told.
    await eventually(() => isServed);
    await turns.remove('slow');
    await eventually(() => turns.held().length === 0);
    expect(over).toEqual(['ending', 'lost']);
  });

  test('a job that Redis has lost is made again', async () => {
    const served = new Served();
    const turns = turnsOf();
    await turns.add('b');
    await redis.client.del('{millrace:turns:pollers}:turns:turn-b', '{millrace:turns:pollers}:turns:wait');
    turns.serve(served.handler);
    await eventually(() => served.turns.length === 1);
  });
});

test('turns close also while Redis does not answer', async () => {
  const served = new Served();
  const turns = turnsOf();
  turns.serve(served.handler);
  await turns.add('f');
  await eventually(() => served.turns.length === 1);
  redis.server.pause();
  try {
    await turns.close(100);
    expect(served.turns[0]?.ending.aborted).toBe(true);
  } finally {
    redis.server.resume();
  }
});

describe('a turn is lost', () => {
  test('when its lock is: the handler is told, and only then the name is served again', async () => {
    const served = new Served();
    const turns = turnsOf();
    turns.serve(served.handler);
    await turns.add('c');
    await eventually(() => served.turns.length === 1);
    await redis.client.del('{millrace:turns:pollers}:turns:turn-c:lock');
    await eventually(() => served.turns[0]?.lost.aborted === true);
    await eventually(() => served.turns.length === 2);
    expect(served.turns.map(({ epoch }) => epoch)).toEqual([1, 2]);
  });

  test('when its process is killed: others take it over within seconds, with a greater epoch', async () => {
    const served = new Served();
    const turns = turnsOf({ turnMs: 1000 });
    turns.serve(served.handler);
    for (const name of tenNames) await turns.add(name);
    const other = await startProcess(SERVER, [redis.url, 'other']);
    closing.push(() => kill(other));
    await eventually(() => turns.held().length === 5);
    await eventually(async () => (await redis.client.lrange('log', 0, -1)).length === 5);
    const begun = (await redis.client.lrange('log', 0, -1)).map((line) => line.split(' '));
    await kill(other);
    expect(await eventually(() => turns.held().length === 10)).toBeLessThan(8000);
    // A turn is held a moment before its handler is told.
    const lastOf = (name = '') =>
      Math.max(...served.turns.filter((turn) => turn.name === name).map((turn) => turn.epoch));
    await eventually(() => begun.every(([, name, epoch]) => lastOf(name) > Number(epoch)));
  });
});

test('a process that lost the job before its turn began raises no epoch', async () => {
  const keys = ['{t}lock', '{t}names', '{t}epochs'];
  await redis.client.set('{t}lock', 'mine');
  expect(await claimScript.run(redis.client, keys, ['mine', 'e'])).toBe(-1);
  await redis.client.sadd('{t}names', 'e');
  expect(await claimScript.run(redis.client, keys, ['mine', 'e'])).toBe(1);
  await redis.client.set('{t}lock', 'theirs');
  expect(await claimScript.run(redis.client, keys, ['mine', 'e'])).toBe(0);
  expect(await redis.client.hget('{t}epochs', 'e')).toBe('1');
});

test('a process that was stopped and comes back finds its turns lost', async () => {
  const other = await startProcess(SERVER, [redis.url, 'stopped']);
  closing.push(() => kill(other));
  const turns = turnsOf();
  await turns.add('d');
  await eventually(async () => (await redis.client.lrange('log', 0, -1)).length === 1);
  const served = new Served();
  turns.serve(served.handler);
  other.kill('SIGSTOP');
  await eventually(() => served.turns.length === 1);
  other.kill('SIGCONT');
  expect(served.turns[0]?.epoch).toBe(2);
  await eventually(async () => (await redis.client.zcard('{millrace:turns:pollers}:processes')) === 2);
  expect(await redis.client.get(epochKey('millrace', 'd'))).toBe('2');
  expect(served.turns[0]?.lost.aborted).toBe(false);
});
