/** Jobs when processes are killed, and when Redis is. */
import type { ChildProcess } from 'node:child_process';
import { type InvocationResult, type Invoker, systemClock } from '@millrace/runtime';
import type { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type RunningRedis, startRedis } from '../../../../infra/components/redis.mjs';
import { type BullJobs, bullJobs, connectPatiently } from '../../src/index.ts';
import { eventually, kill, startProcess } from './support.ts';

const WORKER = new URL('./fixtures/worker.mjs', import.meta.url);

let server: RunningRedis;
let redis: Redis;
let jobs: BullJobs;
let invoker: Invoker;
let workers: ChildProcess[] = [];

beforeEach(async () => {
  server = await startRedis({ appendOnly: true });
  redis = connectPatiently(server.url);
  redis.on('error', () => undefined);
  jobs = bullJobs({ connection: redis, clock: systemClock });
  invoker = jobs.invoker({ functionName: 'f', timeoutMs: 3000, startWithinMs: 6000, graceMs: 2000 });
});

afterEach(async () => {
  await Promise.all(workers.map(kill));
  workers = [];
  await invoker.close(0);
  jobs.close();
  redis.disconnect();
  await server.stop();
});

async function worker(): Promise<ChildProcess> {
  const child = await startProcess(WORKER, [server.url, 'f']);
  workers.push(child);
  return child;
}

const invoke = (attemptId: string, lastsMs: number): Promise<InvocationResult> =>
  invoker.invoke({ attemptId, requestId: attemptId, event: { lastsMs } });
const ran = async (attemptId: string) => Number(await redis.get(`ran:${attemptId}`));

describe('kill -9 of a worker', () => {
  test('what it ran is lost within seconds, and is not run by the other one', async () => {
    const doomed = await worker();
    const running = invoke('victim', 60_000);
    await eventually(async () => (await ran('victim')) === 1);
    await worker();
    const killedAt = performance.now();
    await kill(doomed);
    expect((await running).answer).toEqual({ kind: 'lost', because: 'stalled' });
    expect(performance.now() - killedAt).toBeLessThan(8000);
    expect(await ran('victim')).toBe(1);
    expect((await invoke('next', 0)).answer.kind).toBe('returned');
  });

  test('with no other worker, what it ran is lost at its deadline', async () => {
    const doomed = await worker();
    const hasty = jobs.invoker({ functionName: 'f', timeoutMs: 1000, startWithinMs: 1000, graceMs: 500 });
    const running = hasty.invoke({ attemptId: 'alone', requestId: 'alone', event: { lastsMs: 60_000 } });
    await eventually(async () => (await ran('alone')) === 1);
    await kill(doomed);
    expect((await running).answer).toEqual({ kind: 'lost', because: 'unanswered' });
    await hasty.close(0);
  });
});

describe('Redis', () => {
  test('paused for longer than a lock lasts: every attempt ends, none runs twice, and work goes on', async () => {
    await worker();
    const running = [invoke('short', 1500), ...Array.from({ length: 30 }, (_, at) => invoke(`many${at}`, 20))];
    await eventually(async () => (await ran('short')) === 1);
    server.pause();
    const asked = invoke('meanwhile', 0);
    await systemClock.until(systemClock.now() + 3500);
    server.resume();
    const results = await Promise.all([...running, asked]);
    for (const { answer } of results) expect(['returned', 'lost']).toContain(answer.kind);
    const counts = await Promise.all(['short', 'many0', 'many29', 'meanwhile'].map(ran));
    for (const count of counts) expect(count).toBeLessThanOrEqual(1);
    expect((await invoke('after', 0)).answer.kind).toBe('returned');
  }, 30_000);

  test('killed and restarted: every attempt ends, none runs twice, and work goes on', async () => {
    await worker();
    const running = Array.from({ length: 20 }, (_, at) => invoke(`running${at}`, 100 * at));
    await eventually(async () => (await ran('running9')) === 1);
    await server.kill();
    const asked = invoke('meanwhile', 0);
    await server.restart();
    const results = await Promise.all([...running, asked]);
    for (const { answer } of results) expect(['returned', 'lost']).toContain(answer.kind);
    for (let at = 0; at < 20; at += 1) expect(await ran(`running${at}`)).toBeLessThanOrEqual(1);
    expect((await invoke('after', 0)).answer.kind).toBe('returned');
  }, 30_000);
});
