/** The outbox when processes are killed, when Redis is, and when what was handed in is large or many. */
import type { ChildProcess } from 'node:child_process';
import { type DeliveryResult, type FailureDelivery, type ServedOutbox, systemClock } from '@millrace/runtime';
import { deliveryOf } from '@millrace/runtime/conformance';
import type { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type RunningRedis, startRedis } from '../../../../infra/components/redis.mjs';
import { type BullOutboxOptions, bullOutbox, connectPatiently } from '../../src/index.ts';
import { eventually, kill, startProcess } from '../jobs/support.ts';

const SERVER = new URL('./fixtures/server.mjs', import.meta.url);
const UNDER_WAY = '{millrace:outbox}:under-way';
const SIZES = '{millrace:outbox}:sizes';

let server: RunningRedis;
let redis: Redis;
let processes: ChildProcess[] = [];
const closing: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  server = await startRedis({ appendOnly: true });
  redis = connectPatiently(server.url);
  redis.on('error', () => undefined);
});

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  await Promise.all(processes.map(kill));
  processes = [];
  redis.disconnect();
  await server.stop();
});

function open(options: Partial<BullOutboxOptions> = {}): { outbox: ServedOutbox; told: DeliveryResult[] } {
  const quick = { firstPauseMs: 50, longestPauseMs: 1000, lockMs: 1000 };
  const outbox = bullOutbox({ connection: redis, clock: systemClock, ...quick, ...options });
  const told: DeliveryResult[] = [];
  outbox.onResult((result) => told.push(result));
  closing.push(() => outbox.close());
  return { outbox, told };
}

async function serve(outbox: ServedOutbox, deliver: (delivery: FailureDelivery) => Promise<void>): Promise<void> {
  const worker = outbox.serve(deliver, { concurrency: 5 });
  closing.push(() => worker.close(2000));
  await worker.ready();
}

async function serverProcess(lastsMs: number): Promise<ChildProcess> {
  const child = await startProcess(SERVER, [server.url, String(lastsMs)]);
  processes.push(child);
  return child;
}

const count = async (what: string, { id }: FailureDelivery) => Number(await redis.get(`${what}:${id}`));
const stored = async ({ id }: FailureDelivery) => redis.hget(`{millrace:outbox}:deliveries:delivery-${id}`, 'data');

test('a process that is killed while it delivers: another one takes over, and whoever handed it in is told', async () => {
  const { outbox, told } = open();
  const delivery = deliveryOf();
  const doomed = await serverProcess(60_000);
  expect(await outbox.accept(delivery)).toBe(true);
  await eventually(async () => (await count('began', delivery)) === 1);
  await kill(doomed);
  await serverProcess(0);
  await eventually(() => told.length === 1);
  expect(told).toEqual([{ id: delivery.id, delivered: true }]);
  expect(await count('done', delivery)).toBe(1);
});

test('a process that is killed after it handed in: what it handed in is delivered all the same', async () => {
  const { outbox } = open();
  const delivery = deliveryOf();
  expect(await outbox.accept(delivery)).toBe(true);
  await outbox.close();
  await serverProcess(0);
  await eventually(async () => (await count('done', delivery)) === 1);
});

test('a delivery that ends every process that tries it is given up in the end', async () => {
  const { outbox, told } = open();
  const delivery = deliveryOf({ mapping: 'deadly' });
  await outbox.accept(delivery);
  // As if nineteen had died of it.
  await redis.hset(`{millrace:outbox}:deliveries:delivery-${delivery.id}`, 'stc', 19);
  for (let attempt = 1; attempt <= 2; attempt += 1) {
    const doomed = await serverProcess(0);
    await eventually(() => doomed.signalCode === 'SIGKILL');
  }
  await serverProcess(0);
  await eventually(() => told.length === 1);
  expect(told[0]).toMatchObject({ delivered: false, problem: expect.stringMatching(/^Every process that tried/) });
  expect(await count('began', delivery)).toBe(2);
});

test('a result that was told while nobody could hear it is heard', async () => {
  const { outbox, told } = open();
  await serve(outbox, async () => {
    await redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
  });
  for (let at = 0; at < 5; at += 1) await outbox.accept(deliveryOf());
  await eventually(() => told.length === 5);
});

test('its room is given back and what it carried is dropped when it has finished', async () => {
  const { outbox, told } = open({ attempts: 1 });
  const message = { kind: 'object', key: 'k', body: 'x'.repeat(6_000_000) } as const;
  const [good, bad] = [deliveryOf({ message }), deliveryOf({ message, mapping: 'bad' })];
  for (const delivery of [good, bad]) expect(await outbox.accept(delivery)).toBe(true);
  expect(await redis.hget(SIZES, '')).toBe('12000000');
  expect((await stored(bad))?.length).toBeGreaterThan(6_000_000);
  await serve(outbox, async ({ mapping }) => {
    if (mapping === 'bad') throw new Error('no');
  });
  await eventually(() => told.length === 2);
  await eventually(async () => (await redis.zcard(UNDER_WAY)) === 0);
  expect(await redis.hget(SIZES, '')).toBe('0');
  expect([await stored(good), await stored(bad)]).toEqual(['{}', '{}']);
});

test('room that nobody gave back is found again, room of what is still under way is not', async () => {
  const { outbox } = open({ deliveries: 2 });
  const [first, second, third] = [deliveryOf(), deliveryOf(), deliveryOf()];
  await outbox.accept(first);
  // As a process leaves it that dies between its reservation and its job.
  await redis.zadd(UNDER_WAY, systemClock.now() + 60_000, 'delivery-gone');
  await redis.hset(SIZES, 'delivery-gone', '1000');
  expect(await outbox.accept(second)).toBe(false);
  for (const id of ['delivery-gone', `delivery-${first.id}`]) await redis.zadd(UNDER_WAY, '1', id);
  expect(await outbox.accept(second)).toBe(true);
  expect(await outbox.accept(third)).toBe(false);
  expect(await redis.zrange(UNDER_WAY, '0', '-1')).toEqual(
    expect.arrayContaining([`delivery-${first.id}`, `delivery-${second.id}`]),
  );
});

test('Redis that does not answer: not accepted, in time; accepted once it is back, and delivered once', async () => {
  const { outbox, told } = open({ acceptMs: 300 });
  const delivery = deliveryOf();
  let deliveries = 0;
  server.pause();
  const beganMs = performance.now();
  expect(await outbox.accept(delivery)).toBe(false);
  expect(performance.now() - beganMs).toBeLessThan(2000);
  server.resume();
  await eventually(() => outbox.accept(delivery));
  await serve(outbox, async () => {
    deliveries += 1;
  });
  await eventually(() => told.length === 1);
  await systemClock.until(systemClock.now() + 200);
  expect({ deliveries, told }).toEqual({ deliveries: 1, told: [{ id: delivery.id, delivered: true }] });
});

test('Redis killed and restarted: what was accepted is delivered and told', async () => {
  const { outbox, told } = open();
  const delivered = new Set<string>();
  const deliveries = Array.from({ length: 40 }, () => deliveryOf());
  await serve(outbox, async ({ id }) => {
    await systemClock.until(systemClock.now() + 50);
    delivered.add(id);
  });
  const accepted = await Promise.all(deliveries.map((delivery) => outbox.accept(delivery)));
  expect(accepted).toEqual(deliveries.map(() => true));
  await eventually(() => delivered.size > 5);
  await server.kill();
  await server.restart();
  await eventually(() => told.length === 40, 30_000);
  expect(told.every((result) => result.delivered)).toBe(true);
  expect(delivered.size).toBe(40);
});

test('Redis that has lost what it had: told as not delivered', async () => {
  const { outbox, told } = open();
  const delivery = deliveryOf();
  await outbox.accept(delivery);
  await redis.flushall();
  await eventually(() => told.length === 1);
  expect(told[0]).toMatchObject({
    id: delivery.id,
    delivered: false,
    problem: expect.stringMatching(/^Redis has lost/),
  });
});

test('a destination that is away for a while, with many deliveries: all arrive, each once', async () => {
  const { outbox, told } = open({ attempts: 20 });
  const deliveries = Array.from({ length: 200 }, () => deliveryOf());
  const arrived: string[] = [];
  const backAtMs = performance.now() + 4000;
  await serve(outbox, async ({ id }) => {
    if (performance.now() < backAtMs) throw new Error('It is away.');
    arrived.push(id);
  });
  await Promise.all(deliveries.map((delivery) => outbox.accept(delivery)));
  await eventually(() => told.length === 200, 30_000);
  expect(told.every(({ delivered }) => delivered)).toBe(true);
  expect([...arrived].sort()).toEqual(deliveries.map(({ id }) => id).sort());
});
