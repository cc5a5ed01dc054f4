/** The outbox on Redis passes the suite of the port, and that of outboxes which share a store. */
import { systemClock } from '@millrace/runtime';
import { outboxCases, sharedOutboxCases } from '@millrace/runtime/conformance';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningRedis, startRedis } from '../../../../infra/components/redis.mjs';
import { bullOutbox, connectPatiently } from '../../src/index.ts';

let server: RunningRedis;
let redis: Redis;
let stores = 0;

beforeAll(async () => {
  server = await startRedis();
  redis = connectPatiently(server.url);
});

afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

describe('the outbox on Redis', () => {
  test.each([...outboxCases, ...sharedOutboxCases])('$name', async ({ run }) => {
    stores += 1;
    const prefix = `conformance-${stores}`;
    const errors: unknown[] = [];
    const onError = (error: unknown) => errors.push(error);
    await run({ open: (rules) => bullOutbox({ connection: redis, clock: systemClock, prefix, onError, ...rules }) });
    // A listener of one case throws on purpose.
    expect(errors.map(String).filter((text) => !text.includes('a listener that throws'))).toEqual([]);
  });
});
