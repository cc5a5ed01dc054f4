/** What the connection tells of a script that failed. */
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { connectRedis, redisStreams } from '../src/index.ts';
import { keyed, streamDefinition } from './streams/support/definitions.ts';
import { ownRedis } from './support/ownRedis.ts';

const redis = ownRedis(connectRedis);

test('an error that Redis answers says nothing of the records that it was given', async () => {
  const streams = redisStreams({ redis: redis.client });
  await streams.create(streamDefinition(), 1);
  await redis.client.config('SET', 'maxmemory', '1');
  const error: unknown = await streams
    .open('s')
    .put([keyed('k', 'secret')])
    .catch((reason: unknown) => reason);
  await redis.client.config('SET', 'maxmemory', '0');
  expect(inspect(error, { depth: null })).toContain('OOM');
  expect(inspect(error, { depth: null, showHidden: true })).not.toContain('secret');
});
