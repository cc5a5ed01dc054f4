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
 * Steps come one after the other, as if each had a call of its own. What they leave is written in one go, before the
 * counting and at the end: a command costs more than all that a step reckons.
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

-- Of the attempts that the steps speak of: until when each is entered, or false. What is written comes from here.
local deadlines, pooled, changed = {}, {}, {}
local takenNow, startedNow = {}, {}

local meta = redis.call('HMGET', KEYS[5], 'idle', 'idleUntil', 'number')
local kept, keptUntil, number = tonumber(meta[1] or '0'), tonumber(meta[2] or '0'), tonumber(meta[3] or '0')
local idleChanged = false
-- An attempt was entered that is over already: whoever comes next counts anew.
local isOver = false

local function write(command, key, list)
  for i = 1, #list, 1000 do redis.call(command, key, unpack(list, i, math.min(i + 999, #list))) end
end

local function flushSet(key, entered)
  local ended, begins = {}, {}
  for _, id in ipairs(changed) do
    if entered[id] then
      begins[#begins + 1] = entered[id]
      begins[#begins + 1] = id
    elseif entered[id] == false then
      ended[#ended + 1] = id
    end
  end
  write('ZREM', key, ended)
  write('ZADD', key, begins)
end

local function flush()
  flushSet(KEYS[1], deadlines)
  flushSet(KEYS[2], pooled)
  deadlines, pooled, changed = {}, {}, {}
  write('ZADD', KEYS[3], takenNow)
  write('ZADD', KEYS[4], startedNow)
  if #takenNow > 0 then redis.call('PEXPIRE', KEYS[3], 60000) end
  if #startedNow > 0 then redis.call('PEXPIRE', KEYS[4], 60000) end
  takenNow, startedNow = {}, {}
  if idleChanged or begun then redis.call('HSET', KEYS[5], 'idle', kept, 'idleUntil', keptUntil, 'number', number) end
  idleChanged, begun = false, false
end

local function readIdle(at)
  if keptUntil <= at then return 0 end
  return kept
end

local function count()
  flush()
  redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
  redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
  redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now - 1000)
  redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', now - 10000)
  running = redis.call('ZCARD', KEYS[1])
  unreserved = redis.call('ZCARD', KEYS[2])
  taken = redis.call('ZCARD', KEYS[3])
  started = redis.call('ZCARD', KEYS[4])
  idle = readIdle(now)
  counted, isOver = true, false
end

local function deadlineOf(id)
  if deadlines[id] == nil then
    changed[#changed + 1] = id
    local score = redis.call('ZSCORE', KEYS[1], id)
    deadlines[id] = score and tonumber(score)
    if score and redis.call('ZSCORE', KEYS[2], id) then pooled[id] = deadlines[id] end
  end
  return deadlines[id]
end

local function remove(id)
  local held = deadlineOf(id) and true or false
  local shared = held and pooled[id] and true or false
  if held then deadlines[id] = false end
  if shared then pooled[id] = false end
  if counted and held then running = running - 1 end
  if counted and shared then unreserved = unreserved - 1 end
  return held
end

local function enter(id, deadline)
  deadlines[id] = deadline
  if deadline <= now then isOver = true end
  if counted then running = running + 1 end
  if shares then
    pooled[id] = deadline
    if counted then unreserved = unreserved + 1 end
  end
end

local function start(at)
  number = number + 1
  takenNow[#takenNow + 1] = at
  takenNow[#takenNow + 1] = number
  begun = true
  if counted then taken = taken + 1 end
  local free = counted and idle or readIdle(at)
  if free > 0 then
    idle = free - 1
    kept = idle
  else
    startedNow[#startedNow + 1] = at
    startedNow[#startedNow + 1] = number
    if counted then started = started + 1 end
  end
end

local function take(id, left)
  if not counted or isOver then count() end
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
  local deadline = deadlineOf(id)
  if not deadline then return end
  remove(id)
  if deadline <= at then return end
  idle = (counted and idle or readIdle(at)) + 1
  kept, keptUntil, idleChanged = idle, at + tonumber(ARGV[2]), true
end

local function hand(from, at, id, left)
  give(from, at)
  local held = remove(id)
  enter(id, now + left)
  if not held then start(at) end
end

local i = 8
while i <= #ARGV do
  local what, id, ms = ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2])
  i = i + 3
  if what == 't' then answer[#answer + 1] = take(id, ms)
  elseif what == 'g' then give(id, now - ms)
  else
    hand(id, now - ms, ARGV[i], tonumber(ARGV[i + 1]))
    i = i + 2
  end
end
flush()
return answer
`);
