/** The outbox on Redis passes the suite of the port, and that of outboxes which share a store. */
import { systemClock } from '@millrace/runtime';
import { outboxCases, sharedOutboxCases } from '@millrace/runtime/conformance';
import { describe, expect, test } from 'vitest';
import { bullOutbox, connectPatiently } from '../../src/index.ts';
import { ownRedis } from '../support/ownRedis.ts';

const redis = ownRedis(connectPatiently);
let stores = 0;

describe('the outbox on Redis', () => {
  test.each([...outboxCases, ...sharedOutboxCases])('$name', async ({ run }) => {
    stores += 1;
    const prefix = `conformance-${stores}`;
    const errors: unknown[] = [];
    const onError = (error: unknown) => errors.push(error);
    await run({
      open: (rules) => bullOutbox({ connection: redis.client, clock: systemClock, prefix, onError, ...rules }),
    });
    // A listener of one case throws on purpose.
    expect(errors.map(String).filter((text) => !text.includes('a listener that throws'))).toEqual([]);
  });
});
