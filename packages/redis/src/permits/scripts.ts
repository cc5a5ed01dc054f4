/** What happens to permits in one step on Redis. Counting only: `admit` of the semantics decides. */
import { NOW_LUA, Script } from '../jobs/script.ts';

/**
 * KEYS 1 running: attempts of the function by deadline · 2 unreserved: attempts of every function without a reservation, by
 * deadline · 3 taken: numbers of the invocations of the last second, by time · 4 started: those of the last ten seconds that
 * found no free environment · 5 meta: `idle` environments, `idleUntil`, `number`
 * ARGV 1 now or '' · 2 attempt id · 3 milliseconds to its deadline · 4 `u` without a reservation, `r` with one · 5 to 8: the
 * bounds below which running, unreserved, taken and (where no environment is free) started must be
 *
 * Answers {entered, running, unreserved, idle, started, taken}, counted before this attempt, which is entered if every count
 * is below its bound. An attempt that holds a permit is not counted, has its environment, and is only given its new deadline.
 */
export const takeScript = new Script(`${NOW_LUA}
local id = ARGV[2]
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
local running, unreserved, started, taken, idle = 0, 0, 0, 0, 1
local held = redis.call('ZREM', KEYS[1], id) == 1
if held then
  redis.call('ZREM', KEYS[2], id)
else
  redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now - 1000)
  redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', now - 10000)
  running = redis.call('ZCARD', KEYS[1])
  unreserved = redis.call('ZCARD', KEYS[2])
  taken = redis.call('ZCARD', KEYS[3])
  started = redis.call('ZCARD', KEYS[4])
  local meta = redis.call('HMGET', KEYS[5], 'idle', 'idleUntil')
  idle = tonumber(meta[1] or '0')
  if tonumber(meta[2] or '0') <= now then idle = 0 end
end
if running >= tonumber(ARGV[5]) or unreserved >= tonumber(ARGV[6]) or taken >= tonumber(ARGV[7])
  or (idle == 0 and started >= tonumber(ARGV[8])) then
  return {0, running, unreserved, idle, started, taken}
end
local deadline = now + tonumber(ARGV[3])
redis.call('ZADD', KEYS[1], deadline, id)
if ARGV[4] == 'u' then redis.call('ZADD', KEYS[2], deadline, id) end
if not held then
  local number = redis.call('HINCRBY', KEYS[5], 'number', 1)
  redis.call('ZADD', KEYS[3], now, number)
  redis.call('PEXPIRE', KEYS[3], 60000)
  if idle > 0 then
    redis.call('HSET', KEYS[5], 'idle', idle - 1)
  else
    redis.call('ZADD', KEYS[4], now, number)
    redis.call('PEXPIRE', KEYS[4], 60000)
  end
end
return {1, running, unreserved, idle, started, taken}
`);

/**
 * KEYS 1 running · 2 unreserved · 3 meta
 * ARGV 1 now or '' · 2 attempt id · 3 how long free environments are kept
 *
 * Ends the permit and frees its environment. Nothing happens when there is no such permit, or its deadline has passed.
 */
export const giveScript = new Script(`${NOW_LUA}
local deadline = redis.call('ZSCORE', KEYS[1], ARGV[2])
if not deadline then return 0 end
redis.call('ZREM', KEYS[1], ARGV[2])
redis.call('ZREM', KEYS[2], ARGV[2])
if tonumber(deadline) <= now then return 0 end
local meta = redis.call('HMGET', KEYS[3], 'idle', 'idleUntil')
local idle = tonumber(meta[1] or '0')
if tonumber(meta[2] or '0') <= now then idle = 0 end
redis.call('HSET', KEYS[3], 'idle', idle + 1, 'idleUntil', now + tonumber(ARGV[3]))
return 1
`);
