import { prelude } from '../prelude.ts';

/** What every script of a standard queue begins with. */
export const standardPrelude = `${prelude}
-- A standard queue.
-- KEYS   4 away: zset of the messages in flight and delayed, by the time from which they can be received
--        5 age: zset by the time from which retention counts, of those in back, and of those away that retention ends first
--        6 delayed: zset by the end of the delay; entries of the past say nothing
--        7 fresh: list of "id time" as sent, of those that were sent without delay and never received
--        8 back: zset of those that can be received again, or after a delay, by the time since which they can
-- A message is in fresh, in back or away. One that is sent, received and deleted costs the least: it is never in age. The
-- rest of a state is the time from which retention counts; it is also the time of sending where the message says none.
local away, age, delayed, fresh, back = KEYS[4], KEYS[5], KEYS[6], KEYS[7], KEYS[8]

local function agesFrom(id)
  local state = call('HGET', states, id)
  return state and string.match(state, '%d+$') or string.match(call('HGET', messages, id), '^%d+')
end

-- Hides messages; retention may end one before it is back.
local function noteAge(id, from, untilMs)
  if untilMs >= tonumber(from) + retention then call('ZADD', age, from, id) end
end

-- Takes messages that are not fresh out of the queue for good.
local function drop(ids)
  if #ids == 0 then return end
  call('HDEL', messages, unpack(ids))
  call('HDEL', states, unpack(ids))
  if call('ZREM', away, unpack(ids)) < #ids then call('ZREM', back, unpack(ids)) end
  if call('EXISTS', age) == 1 then call('ZREM', age, unpack(ids)) end
end

-- A retention that became shorter may end messages before they are back that were not noted for it.
local function noteAll()
  if known[5] == ARGV[3] then return false end
  if known[5] and tonumber(known[5]) > retention then
    local from = tonumber(call('HGET', meta, 'agedTo') or 0)
    local some = call('ZRANGE', away, from, from + 199)
    for _, id in ipairs(some) do call('ZADD', age, agesFrom(id), id) end
    if #some == 200 then
      call('HSET', meta, 'agedTo', from + 200)
      return true
    end
    call('HDEL', meta, 'agedTo')
  end
  call('HSET', meta, 'aged', ARGV[3])
  return false
end

local function comeBack()
  local due = call('ZRANGEBYSCORE', away, '-inf', nowText, 'WITHSCORES', 'LIMIT', 0, 200)
  for i = 1, #due, 2 do
    call('ZADD', age, agesFrom(due[i]), due[i])
    call('ZADD', back, due[i + 1], due[i])
    call('ZREM', away, due[i])
  end
  return #due == 400
end

local function expire()
  local last = now - retention
  local old = call('ZRANGEBYSCORE', age, '-inf', int(last), 'LIMIT', 0, 200)
  if #old > 0 then
    call('ZREM', delayed, unpack(old))
    drop(old)
  end
  local first = call('LINDEX', fresh, 0)
  if not first or tonumber(string.sub(first, 17)) > last then return #old == 200 end
  local ids = {}
  for i, entry in ipairs(call('LRANGE', fresh, 0, 199)) do
    if tonumber(string.sub(entry, 17)) > last then break end
    ids[i] = string.sub(entry, 1, 15)
  end
  call('LTRIM', fresh, #ids, -1)
  call('HDEL', messages, unpack(ids))
  return true
end

if noteAll() or comeBack() or expire() then return {'more'} end

-- The next messages that can be received, by the time since which they can, then as sent: ids, times, and which of them
-- are in back; offsets say how many of each were looked at before.
local function ahead(backOffset, freshOffset, count)
  local ids, since, isBack = {}, {}, {}
  local backs = call('ZRANGE', back, backOffset, backOffset + count - 1, 'WITHSCORES')
  local news = call('LRANGE', fresh, freshOffset, freshOffset + count - 1)
  local b, f = 1, 1
  while #ids < count and (backs[b] or news[f]) do
    local n = #ids + 1
    local id, at
    if news[f] then id, at = string.sub(news[f], 1, 15), string.sub(news[f], 17) end
    local backAt = backs[b] and tonumber(backs[b + 1])
    if not id or (backAt and (backAt < tonumber(at) or (backAt == tonumber(at) and backs[b] < id))) then
      ids[n], since[n], isBack[n] = backs[b], backs[b + 1], true
      b = b + 2
    else
      ids[n], since[n], isBack[n] = id, at, false
      f = f + 1
    end
  end
  return ids, since, isBack
end
`;
