/** What happens to turns in one step on Redis, beside what BullMQ does with their jobs. All keys stand in one slot. */
import { NOW_LUA } from '../scripts/clock.ts';
import { Script } from '../scripts/script.ts';

/**
 * KEYS 1 lock of the turn's job · 2 names to be served · 3 epochs by name
 * ARGV 1 token of the lock · 2 name
 *
 * Answers the turn's epoch, greater than every one before; 0 when this process does not hold the job (any more); -1 when the
 * name is not to be served.
 */
export const claimScript = new Script(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if redis.call('SISMEMBER', KEYS[2], ARGV[2]) == 0 then return -1 end
return redis.call('HINCRBY', KEYS[3], ARGV[2], 1)
`);

/**
 * KEYS 1 epochs by name
 * ARGV 1 name · 2 an epoch
 *
 * The name's next epoch will be greater than this one.
 */
export const liftScript = new Script(`
local last = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or '0')
if last < tonumber(ARGV[2]) then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
return 0
`);

/**
 * KEYS 1 processes by the time until which they are counted · 2 names to be served · 3 waiting, 4 active, 5 delayed jobs
 * ARGV 1 now or '' · 2 this process · 3 for how long it is counted · 4 … names that it serves
 *
 * Answers {processes, names, jobs, … those served names that are not to be served any more}.
 */
export const attendScript = new Script(`${NOW_LUA}
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[3]), ARGV[2])
local jobs = redis.call('LLEN', KEYS[3]) + redis.call('LLEN', KEYS[4]) + redis.call('ZCARD', KEYS[5])
local answer = {redis.call('ZCARD', KEYS[1]), redis.call('SCARD', KEYS[2]), jobs}
for i = 4, #ARGV do
  if redis.call('SISMEMBER', KEYS[2], ARGV[i]) == 0 then table.insert(answer, ARGV[i]) end
end
return answer
`);
