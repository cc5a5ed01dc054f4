/** No password of a Redis is printed, however its address is spelled. */
import { expect, test } from 'vitest';
import { withoutPassword } from '../src/live/reachRedis.ts';

test.each([
  ['redis://127.0.0.1:6379', 'redis://127.0.0.1:6379'],
  ['rediss://me:secret@h:1/2', 'rediss://h:1/2'],
  ['redis://:p@ss@w@h:1/2', 'redis://h:1/2'],
  ['redis://:pa/ss/wo@rd@h:1/2', 'redis://h:1/2'],
  ['redis://:pa/ss@h', 'redis://h'],
  ['redis:/:pass@h', 'redis:/h'],
  [':pass@h:1', 'h:1'],
  ['unix:/tmp/redis.sock', 'unix:/tmp/redis.sock'],
])('%s: %s', (url, shown) => {
  expect(withoutPassword(url)).toBe(shown);
});
