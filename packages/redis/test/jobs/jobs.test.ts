/** Invocations as jobs: answered once, joined instead of repeated, refused when they come too late or for a former owner. */
import { type Clock, type Invocation, type Invoker, systemClock } from '@millrace/runtime';
import { afterEach, describe, expect, test } from 'vitest';
import {
  type BullJobs,
  type BullJobsOptions,
  type BullWorker,
  bullJobs,
  connectPatiently,
  epochKey,
} from '../../src/index.ts';
import { ownRedis } from '../support/ownRedis.ts';
import { CountingInvoker, eventually } from './support.ts';

const redis = ownRedis(connectPatiently);
let count = 0;
const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** What one process has: its own connections, invokers and workers. */
function processOf(options: Partial<BullJobsOptions> = {}): BullJobs {
  const connection = connectPatiently(redis.url);
  const jobs = bullJobs({ connection, clock: systemClock, ...options });
  closing.push(async () => {
    jobs.close();
    connection.disconnect();
  });
  return jobs;
}

function orders(functionName: string, timeoutMs = 3000, graceMs = 2000): Invoker {
  const invoker = processOf().invoker({ functionName, timeoutMs, graceMs });
  closing.push(() => invoker.close(0));
  return invoker;
}

async function serves(
  functionName: string,
  invoker: Invoker,
  options: Partial<BullJobsOptions> = {},
): Promise<BullWorker> {
  const worker = processOf(options).worker({ functionName, invoker, concurrency: 4 });
  closing.push(() => worker.close(1000));
  await worker.ready();
  return worker;
}

function invocation(about: Partial<Invocation> = {}): Invocation {
  count += 1;
  return { attemptId: `attempt${count}`, requestId: `request${count}`, event: { Records: [count] }, ...about };
}

describe('an invocation as a job', () => {
  test('is run with its event and request id, and answered with the result', async () => {
    const local = new CountingInvoker(async ({ event }) => ({ seen: event }));
    await serves('plain', local);
    const asked = invocation({ event: { Records: [{ body: 'ä"\\u0000' }] } });
    const result = await orders('plain').invoke(asked);
    expect(result).toEqual({
      answer: { kind: 'returned', value: { seen: asked.event } },
      cold: false,
      startMs: 1,
      endMs: 2,
    });
    expect(local.ran).toMatchObject([{ attemptId: asked.attemptId, requestId: asked.requestId, event: asked.event }]);
  });

  test('of which there are many at once is answered each with its own', async () => {
    await serves('many', new CountingInvoker(async ({ event }) => event));
    const invoker = orders('many');
    const asked = Array.from({ length: 300 }, () => invocation());
    const results = await Promise.all(asked.map((each) => invoker.invoke(each)));
    expect(results.map(({ answer }) => answer)).toEqual(asked.map(({ event }) => ({ kind: 'returned', value: event })));
    expect(invoker.environments().running).toBe(0);
  });

  test('has a large answer that is fetched, an empty one, and logs that are cut', async () => {
    const values = new Map<string, unknown>([['large', 'x'.repeat(300_000)]]);
    const local = new CountingInvoker(async ({ attemptId }) => values.get(attemptId));
    const logging: Invoker = {
      invoke: async (asked) => ({ ...(await local.invoke(asked)), logs: `${'y'.repeat(9000)}end` }),
      environments: () => local.environments(),
      close: () => local.close(),
    };
    await serves('sizes', logging);
    const invoker = orders('sizes');
    const large = await invoker.invoke(invocation({ attemptId: 'large' }));
    expect(large.answer).toEqual({ kind: 'returned', value: values.get('large') });
    expect(large.logs).toHaveLength(4096);
    expect(large.logs).toMatch(/end$/);
    expect((await invoker.invoke(invocation())).answer).toMatchObject({ kind: 'returned' });
  });

  test('keeps no event once it is finished', async () => {
    await serves('dropped', new CountingInvoker());
    const asked = invocation({ event: { secret: 'x'.repeat(1000) } });
    await orders('dropped').invoke(asked);
    const key = `{millrace:invoke:dropped}:invocations:${asked.attemptId}`;
    await eventually(async () => (await redis.client.hget(key, 'data')) === '{}');
  });
});

describe('an attempt that is a job already', () => {
  test('is joined while it runs: by the same process and by another one', async () => {
    let finish: () => void = () => undefined;
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const local = new CountingInvoker(({ event }) =>
      (event === 'quick' ? Promise.resolve() : finished).then(() => 'once'),
    );
    await serves('joined', local);
    const [one, other] = [orders('joined'), orders('joined')];
    const asked = invocation();
    const first = [one.invoke(asked), one.invoke(asked)];
    // Its answers are listened to from here on; what it joins is answered elsewhere all the same.
    await other.invoke(invocation({ event: 'quick' }));
    const second = other.invoke(asked);
    await eventually(() => local.ran.length === 2);
    finish();
    for (const each of [...first, second]) expect((await each).answer).toEqual({ kind: 'returned', value: 'once' });
    expect(local.ran).toHaveLength(2);
  });

  test('is joined when it is finished', async () => {
    const local = new CountingInvoker(async () => 'once');
    await serves('finished', local);
    await redis.client.set(epochKey('millrace', 'shard'), '3');
    const asked = invocation({ owner: { name: 'shard', epoch: 3 } });
    await orders('finished').invoke(asked);
    await redis.client.set(epochKey('millrace', 'shard'), '4');
    const again = await orders('finished').invoke({ ...asked, owner: { name: 'shard', epoch: 4 } });
    expect(again.answer).toEqual({ kind: 'returned', value: 'once' });
    expect(local.ran).toHaveLength(1);
  });
});

describe('a worker refuses as lost, without running it,', () => {
  const lost = (because: string) => ({ kind: 'lost', because });

  test('what comes after its startBy', async () => {
    const local = new CountingInvoker();
    const invoker = orders('late');
    const asked = invocation({ startBy: systemClock.now() + 150 });
    const answer = invoker.invoke(asked);
    await eventually(() => systemClock.now() > (asked.startBy ?? 0));
    await serves('late', local);
    expect((await answer).answer).toEqual(lost('too-late'));
    expect(local.ran).toEqual([]);
  });

  test('what belongs to a former owner', async () => {
    const local = new CountingInvoker();
    await serves('owned', local);
    const invoker = orders('owned');
    const of = (epoch: number) => invocation({ owner: { name: 'slot', epoch } });
    expect((await invoker.invoke(of(1))).answer).toEqual(lost('deposed'));
    await redis.client.set(epochKey('millrace', 'slot'), '2');
    expect((await invoker.invoke(of(1))).answer).toEqual(lost('deposed'));
    expect(local.ran).toEqual([]);
    expect((await invoker.invoke(of(2))).answer).toEqual({ kind: 'returned', value: null });
  });

  test('what others have given up, because its process came to a halt before it began', async () => {
    let haltMs = 0;
    const halting: Clock = {
      now: () => {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, haltMs);
        haltMs = 0;
        return systemClock.now();
      },
      at: (atMs, run) => systemClock.at(atMs, run),
      until: (atMs, signal) => systemClock.until(atMs, signal),
    };
    const local = new CountingInvoker();
    await serves('halted', local, { clock: halting, lockMs: 800 });
    const invoker = orders('halted');
    haltMs = 450;
    expect((await invoker.invoke(invocation())).answer.kind).toBe('returned');
    expect(local.ran).toHaveLength(1);
    haltMs = 1200;
    expect((await invoker.invoke(invocation())).answer).toEqual(lost('stalled'));
    expect(local.ran).toHaveLength(1);
  });
});

describe('without any worker', () => {
  test('an invocation is lost at its deadline, and no worker that comes later runs it', async () => {
    const local = new CountingInvoker();
    const startBy = systemClock.now() + 100;
    const { answer } = await orders('nobody', 50, 50).invoke(invocation({ startBy }));
    expect(answer).toEqual({ kind: 'lost', because: 'unanswered' });
    expect(systemClock.now()).toBeGreaterThanOrEqual(startBy + 100);
    await serves('nobody', local);
    await eventually(async () => (await redis.client.zcard('{millrace:invoke:nobody}:invocations:completed')) === 1);
    expect(local.ran).toEqual([]);
  });
});

test('a worker that closes finishes what it runs, and takes no more', async () => {
  let finish: () => void = () => undefined;
  const local = new CountingInvoker(
    () =>
      new Promise<void>((resolve) => {
        finish = resolve;
      }),
  );
  const worker = await serves('closing', local);
  const invoker = orders('closing');
  const running = invoker.invoke(invocation());
  await eventually(() => local.ran.length === 1);
  const closed = worker.close(5000);
  const waiting = invoker.invoke(invocation({ startBy: systemClock.now() }));
  finish();
  await closed;
  expect((await running).answer.kind).toBe('returned');
  expect(local.ran).toHaveLength(1);
  await invoker.close(0);
  expect((await waiting).answer.kind).toBe('lost');
});
