/** What happens to permits in one step on Redis. Counting only: `admit` of the semantics decides. */
import { NOW_LUA } from '../scripts/clock.ts';
import { Script } from '../scripts/script.ts';

/**
 * KEYS 1 running: attempts of the function by deadline · 2 unreserved: attempts of every function without a reservation, by
 * deadline · 3 taken: numbers of the invocations of the last second, by time · 4 started: those of the last ten seconds that
 * found no free environment · 5 meta: `idle` environments, `idleUntil`, `number`
 * ARGV 1 now or '' · 2 how long free environments are kept · 3 `u` without a reservation, `r` with one · 4 to 7: the bounds
 * below which running, unreserved, taken and (where no environment is free) started must be · then for each step: `t`,
 * attempt id, milliseconds to its deadline; or `g`, attempt id, milliseconds since it was given back; or `h`, attempt id,
 * milliseconds since it was handed on, the id of the attempt that has it now, milliseconds to its deadline
 *
 * Steps come one after the other, as if each had a call of its own.
 * `t` takes a permit and answers {entered, running, unreserved, idle, started, taken}, counted before this attempt, which is
 * entered if every count is below its bound. An attempt that holds a permit is not counted, has its environment, and is only
 * given its new deadline: `entered` is 2 then.
 * `g` ends a permit, frees its environment, and answers nothing. Nothing happens when there is no such permit, or when its
 * deadline had passed.
 * `h` is `g` of one attempt and the entry of another, which runs already: it is refused by nothing, and answers nothing.
 */
export const permitScript = new Script(`${NOW_LUA}
local shares = ARGV[3] == 'u'
local running, unreserved, taken, started, idle
local counted, begun, answer = false, false, {}

local function readIdle(at)
  local meta = redis.call('HMGET', KEYS[5], 'idle', 'idleUntil')
  if tonumber(meta[2] or '0') <= at then return 0 end
  return tonumber(meta[1] or '0')
end

local function count()
  redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
  redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
  redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now - 1000)
  redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', now - 10000)
  running = redis.call('ZCARD', KEYS[1])
  unreserved = redis.call('ZCARD', KEYS[2])
  taken = redis.call('ZCARD', KEYS[3])
  started = redis.call('ZCARD', KEYS[4])
  idle = readIdle(now)
  counted = true
end

local function remove(id)
  local held = redis.call('ZREM', KEYS[1], id) == 1
  local shared = held and redis.call('ZREM', KEYS[2], id) == 1
  if counted and held then running = running - 1 end
  if counted and shared then unreserved = unreserved - 1 end
  return held
end

local function enter(id, deadline)
  redis.call('ZADD', KEYS[1], deadline, id)
  if counted then running = running + 1 end
  if shares then
    redis.call('ZADD', KEYS[2], deadline, id)
    if counted then unreserved = unreserved + 1 end
  end
end

local function start(at)
  local number = redis.call('HINCRBY', KEYS[5], 'number', 1)
  redis.call('ZADD', KEYS[3], at, number)
  begun = true
  if counted then taken = taken + 1 end
  local free = counted and idle or readIdle(at)
  if free > 0 then
    idle = free - 1
    redis.call('HSET', KEYS[5], 'idle', idle)
  else
    redis.call('ZADD', KEYS[4], at, number)
    redis.call('PEXPIRE', KEYS[4], 60000)
    if counted then started = started + 1 end
  end
end

local function take(id, left)
  if not counted then count() end
  local held = remove(id)
  local seen = held and {0, 0, 0, 1, 0, 0} or {0, running, unreserved, idle, started, taken}
  if seen[2] >= tonumber(ARGV[4]) or seen[3] >= tonumber(ARGV[5]) or seen[6] >= tonumber(ARGV[6])
    or (seen[4] == 0 and seen[5] >= tonumber(ARGV[7])) then
    return seen
  end
  seen[1] = held and 2 or 1
  enter(id, now + left)
  if not held then start(now) end
  return seen
end

local function give(id, at)
  local deadline = redis.call('ZSCORE', KEYS[1], id)
  if not deadline then return end
  remove(id)
  if tonumber(deadline) <= at then return end
  idle = (counted and idle or readIdle(at)) + 1
  redis.call('HSET', KEYS[5], 'idle', idle, 'idleUntil', at + tonumber(ARGV[2]))
end

local function hand(from, at, id, left)
  give(from, at)
  local held = remove(id)
  enter(id, now + left)
  if not held then start(at) end
end

local i = 8
while i <= #ARGV do
  local what, id, number = ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2])
  i = i + 3
  if what == 't' then answer[#answer + 1] = take(id, number)
  elseif what == 'g' then give(id, now - number)
  else
    hand(id, now - number, ARGV[i], tonumber(ARGV[i + 1]))
    i = i + 2
  end
end
if begun then redis.call('PEXPIRE', KEYS[3], 60000) end
return answer
`);
