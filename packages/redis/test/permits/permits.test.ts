/** Permits on Redis answer as those in memory do, admit no more than the limit whoever asks, and end with their deadline. */
import { type Clock, memoryPermits, type PermitAsk, type Permits, systemClock } from '@millrace/runtime';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { describe, expect, test } from 'vitest';
import { redisPermits } from '../../src/index.ts';
import { ownRedis } from '../support/ownRedis.ts';

const redis = ownRedis((url) => new Redis(url));

/** A clock that a test moves; permits set no timers. */
class HandClock implements Clock {
  nowMs = 1_700_000_000_000;
  now(): number {
    return this.nowMs;
  }
  at(): never {
    throw new Error('permits set no timers');
  }
  until(): never {
    throw new Error('permits do not wait');
  }
}

interface Take {
  readonly do: 'take';
  readonly fn: number;
  readonly attempt: number;
  readonly lastsMs: number;
}

type Command =
  | Take
  /** Asked for in one go, between which some are given back. */
  | { readonly do: 'crowd'; readonly steps: readonly (Take | (Command & { readonly do: 'give' }))[] }
  | { readonly do: 'give'; readonly fn: number; readonly attempt: number }
  | { readonly do: 'wait'; readonly ms: number };

const fn = fc.nat(2);
const attempt = fc.nat(9);
const lastsMs = fc.constantFrom(0, 5, 400, 3000, 60_000);

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('take' as const), fn, attempt, lastsMs }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('give' as const), fn, attempt }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 90, 999, 1000, 9000, 900_000) }),
  },
);

/** One attempt ends, and another one begins. */
const handOver = fc.tuple(fn, attempt, attempt, lastsMs).map(([one, from, to, lasts]): Command[] => [
  { do: 'give', fn: one, attempt: from },
  { do: 'take', fn: one, attempt: to, lastsMs: lasts },
]);

/** Of one function: the calls of two may pass each other. Nobody gives back what he has not been given yet. */
const crowd = fn.chain((one) => {
  const own = fc.constant(one);
  const lasting = lastsMs.filter((ms) => ms > 0);
  const taken = fc.record({ do: fc.constant('take' as const), fn: own, attempt: fc.nat(4), lastsMs: lasting });
  const given = fc.record({ do: fc.constant('give' as const), fn: own, attempt: fc.integer({ min: 5, max: 9 }) });
  return fc
    .array(fc.oneof({ weight: 2, arbitrary: taken }, given), { minLength: 2, maxLength: 6 })
    .map((steps): Command[] => [{ do: 'crowd', steps }]);
});

const commands = fc
  .array(fc.oneof({ weight: 3, arbitrary: command.map((one) => [one]) }, handOver, { weight: 1, arbitrary: crowd }), {
    maxLength: 100,
    size: 'max',
  })
  .map((parts) => parts.flat());

/** The first reserves, the others share what is left. */
const limitsOf = (fn: number, reservedConcurrency: number, unreservedPool: number) =>
  fn === 0 ? { unreservedPool, reservedConcurrency } : { unreservedPool };

async function carryOut(
  permits: Permits,
  clock: HandClock,
  commands: readonly Command[],
  reserved: number,
  pool: number,
) {
  const answers: unknown[] = [];
  for (const each of commands) {
    if (each.do === 'wait') clock.nowMs += each.ms;
    else answers.push(...(await Promise.all(begun(permits, clock, each, reserved, pool))));
  }
  return answers;
}

/** What is asked for, each before the answer of the one before it. */
function begun(
  permits: Permits,
  clock: HandClock,
  command: Exclude<Command, { do: 'wait' }>,
  reserved: number,
  pool: number,
): unknown[] {
  const steps = command.do === 'crowd' ? command.steps : [command];
  return steps.map((step) =>
    step.do === 'give'
      ? permits.give(`f${step.fn}`, `a${step.fn}-${step.attempt}`)
      : permits.take(askOf(step, clock, reserved, pool)),
  );
}

function askOf(take: Take, clock: Clock, reserved: number, pool: number): PermitAsk {
  return {
    functionName: `f${take.fn}`,
    attemptId: `a${take.fn}-${take.attempt}`,
    deadlineMs: clock.now() + take.lastsMs,
    limits: limitsOf(take.fn, reserved, pool),
  };
}

describe('permits on Redis', () => {
  test('same asks at the same times, same answers as in memory', async () => {
    let run = 0;
    const property = fc.asyncProperty(
      commands,
      fc.constantFrom(0, 1, 2, 3, 4, 8),
      fc.constantFrom(0, 1, 2, 3, 6, 20),
      async (commands, reserved, pool) => {
        run += 1;
        const clock = new HandClock();
        const options = { clock, prefix: `p${run}`, tellTime: true };
        const answered = await carryOut(redisPermits(redis.client, options), clock, commands, reserved, pool);
        const memoryClock = new HandClock();
        expect(answered).toEqual(await carryOut(memoryPermits(memoryClock), memoryClock, commands, reserved, pool));
      },
    );
    await fc.assert(property, { numRuns: process.env.MILLRACE_DEEP ? 5000 : 200 });
  });

  test('clients that ask at once are never given more than the limit', async () => {
    const connections = Array.from({ length: 4 }, () => new Redis(redis.url));
    const clients = connections.map((each) => redisPermits(each, { clock: systemClock, prefix: 'crowd' }));
    let running = 0;
    let most = 0;
    let admitted = 0;
    const work = async (permits: Permits, client: number) => {
      for (let i = 0; i < 150; i += 1) {
        const attemptId = `${client}-${i}`;
        const deadlineMs = systemClock.now() + 60_000;
        const limits = { unreservedPool: 100, reservedConcurrency: 7 };
        const answer = await permits.take({ functionName: 'f', attemptId, deadlineMs, limits });
        if (!answer.admitted) continue;
        admitted += 1;
        running += 1;
        most = Math.max(most, running);
        await redis.client.ping();
        running -= 1;
        permits.give('f', attemptId);
      }
    };
    await Promise.all(clients.flatMap((permits, at) => [0, 1, 2, 3].map((lane) => work(permits, at * 4 + lane))));
    for (const each of connections) each.disconnect();
    expect(most).toBeLessThanOrEqual(7);
    expect(admitted).toBeGreaterThan(20);
  });

  test('a refused attempt leaves nothing behind', async () => {
    const clock = new HandClock();
    const permits = redisPermits(redis.client, { clock, prefix: 'refused', tellTime: true });
    const limits = { unreservedPool: 1 };
    const ask = (attemptId: string) =>
      permits.take({ functionName: 'f', attemptId, deadlineMs: clock.nowMs + 1000, limits });
    expect((await ask('one')).admitted).toBe(true);
    for (const id of ['two', 'three', 'four']) expect((await ask(id)).admitted).toBe(false);
    expect(await redis.client.zrange('{refused:permits}:f:running', '0', '-1')).toEqual(['one']);
    expect(await redis.client.zcard('{refused:permits}::unreserved')).toBe(1);
    expect(await redis.client.zcard('{refused:permits}:f:started')).toBe(1);
    expect(await redis.client.zcard('{refused:permits}:f:taken')).toBe(1);
  });

  test('a permit that was given back is handed on at once, and Redis is told who has it', async () => {
    const clock = new HandClock();
    const client = new Redis(redis.url);
    const permits = redisPermits(client, { clock, prefix: 'handed', tellTime: true });
    const ask = (attemptId: string, lastsMs: number) => ({
      functionName: 'f',
      attemptId,
      deadlineMs: clock.nowMs + lastsMs,
      limits: { unreservedPool: 20 },
    });
    await permits.take(ask('one', 60_000));
    permits.give('f', 'one');
    client.disconnect();
    expect(await permits.take(ask('two', 64_000))).toMatchObject({ admitted: true, cold: false });
    permits.give('f', 'two');
    const later = permits.take(ask('too late for it', 70_000));
    await expect(later).rejects.toThrow();
    await client.connect();
    await permits.take(ask('three', 60_000));
    permits.give('f', 'three');
    clock.nowMs += 7;
    await permits.take(ask('four', 60_000));
    await permits.flush();
    client.disconnect();
    const running = await redis.client.zrange('{handed:permits}:f:running', '0', '-1', 'WITHSCORES');
    // What Redis could not be told of ends with its deadline.
    expect(running).toEqual(['one', String(clock.nowMs - 7 + 60_000), 'four', String(clock.nowMs + 60_000)]);
    expect(await redis.client.zcard('{handed:permits}:f:taken')).toBe(3);
  });

  test('a holder that never gives back leaks nothing: its permit ends with its deadline', async () => {
    const limits = { unreservedPool: 1 };
    for (const take of await bothKinds('killed')) {
      const { permits, clock } = take;
      const ask = (attemptId: string) =>
        permits.take({ functionName: 'f', attemptId, deadlineMs: clock.nowMs + 500, limits });
      expect((await ask('killed')).admitted).toBe(true);
      clock.nowMs += 499;
      expect((await ask('too early')).admitted).toBe(false);
      clock.nowMs += 1;
      expect(await ask('next')).toMatchObject({ admitted: true, cold: true });
    }
  });

  test('deadlines are kept by the clock of Redis, whatever this process believes', async () => {
    const wrong = new HandClock();
    const permits = redisPermits(redis.client, { clock: wrong, prefix: 'skewed' });
    const ask = { functionName: 'f', attemptId: 'a', deadlineMs: wrong.nowMs + 30_000, limits: { unreservedPool: 1 } };
    expect((await permits.take(ask)).admitted).toBe(true);
    expect((await permits.take({ ...ask, attemptId: 'b' })).admitted).toBe(false);
  });
});

async function bothKinds(prefix: string) {
  const [one, two] = [new HandClock(), new HandClock()];
  return [
    { permits: memoryPermits(one), clock: one },
    { permits: redisPermits(redis.client, { clock: two, prefix, tellTime: true }), clock: two },
  ];
}
