/** What happens to deliveries in one step on Redis, beside what BullMQ does with their jobs. All keys stand in one slot. */
import { NOW_LUA } from '../scripts/clock.ts';
import { Script } from '../scripts/script.ts';

/** Field '' of the sizes holds their sum. */
const DROP_LUA = `
local function drop(id)
  local size = redis.call('HGET', KEYS[2], id)
  if size then
    redis.call('HDEL', KEYS[2], id)
    redis.call('HINCRBY', KEYS[2], '', -tonumber(size))
  end
  redis.call('ZREM', KEYS[1], id)
end
`;

/**
 * KEYS 1 ids of jobs under way by the time at which to look whether they still are · 2 their sizes · 3 the job
 * ARGV 1 now or '' · 2 id of the job · 3 its bytes · 4 the most jobs and 5 bytes under way · 6 prefix of job keys · 7 after how
 * many milliseconds to look again
 *
 * Answers 2 when there is such a job, 1 when its room is reserved, 0 when there is no room. A reservation whose job is not
 * there, or is finished, ends when it is looked at; whoever made it may have died.
 */
export const reserveScript = new Script(`${NOW_LUA}${DROP_LUA}
if redis.call('EXISTS', KEYS[3]) == 1 then return 2 end
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, 100)) do
  local job = ARGV[6] .. id
  if redis.call('EXISTS', job) == 1 and redis.call('HEXISTS', job, 'finishedOn') == 0 then
    redis.call('ZADD', KEYS[1], now + tonumber(ARGV[7]), id)
  else
    drop(id)
  end
end
if redis.call('ZSCORE', KEYS[1], ARGV[2]) then return 1 end
local count = redis.call('ZCARD', KEYS[1])
local bytes = tonumber(redis.call('HGET', KEYS[2], '') or '0') + tonumber(ARGV[3])
if count > 0 and (count >= tonumber(ARGV[4]) or bytes > tonumber(ARGV[5])) then return 0 end
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[7]), ARGV[2])
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
redis.call('HINCRBY', KEYS[2], '', ARGV[3])
return 1
`);

/**
 * KEYS 1 and 2 as above · 3 a finished job
 * ARGV 1 id of the job · 2 channel · 3 message
 *
 * Drops what the job carried, gives its room back, and tells what became of it.
 */
export const finishScript = new Script(`${DROP_LUA}
drop(ARGV[1])
if redis.call('EXISTS', KEYS[3]) == 1 then redis.call('HSET', KEYS[3], 'data', '{}') end
return redis.call('PUBLISH', ARGV[2], ARGV[3])
`);
