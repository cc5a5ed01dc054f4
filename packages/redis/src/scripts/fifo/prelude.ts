import { prelude } from '../prelude.ts';

/** What every script of a FIFO queue begins with. */
export const fifoPrelude = `${prelude}
-- A FIFO queue. A member is an id and, after it, the message's group, encoded so that it holds no NUL.
-- KEYS   4 visible: zset of members by the time from which they can be received
--        5 age: zset of members by the time from which retention counts
--        6 delayed: zset of members by the end of their delay; entries of the past say nothing
--        7 order: zset of group NUL id, all with score 0: the members of a group in the order sent
--        8 heads: zset of the first members of groups that can be received, by ordinal
--        9 hidden: zset of the first members of groups that cannot, by the time at which they can
--       10 dedup: hash, deduplication id -> "time id messageId"
--       11 dedupAge: zset of deduplication ids by time
-- The rest of a state is the group.
local visible, age, delayed, order, heads, hidden = KEYS[4], KEYS[5], KEYS[6], KEYS[7], KEYS[8], KEYS[9]
local dedup, dedupAge = KEYS[10], KEYS[11]
local freed = false

-- Puts the first member of a group where it belongs now.
local function offer(group)
  local first = call('ZRANGEBYLEX', order, '[' .. group .. '\\0', '(' .. group .. '\\1', 'LIMIT', 0, 1)[1]
  if not first then return end
  local id = string.sub(first, -15)
  local at = call('ZSCORE', visible, id .. group)
  if tonumber(at) <= now then
    call('ZREM', hidden, id .. group)
    call('ZADD', heads, id, id .. group)
    freed = true
  else
    call('ZREM', heads, id .. group)
    call('ZADD', hidden, at, id .. group)
  end
end

local function idsOf(members)
  local ids = {}
  for i, member in ipairs(members) do ids[i] = string.sub(member, 1, 15) end
  return ids
end

-- Takes members out of the queue for good.
local function drop(members)
  if #members == 0 then return end
  local ids = idsOf(members)
  call('HDEL', messages, unpack(ids))
  call('HDEL', states, unpack(ids))
  call('ZREM', visible, unpack(members))
  call('ZREM', age, unpack(members))
  local behead = {}
  for i, member in ipairs(members) do
    local group = string.sub(member, 16)
    call('ZREM', order, group .. '\\0' .. ids[i])
    if call('ZREM', heads, member) + call('ZREM', hidden, member) > 0 then behead[group] = true end
  end
  for group in pairs(behead) do offer(group) end
end

local function expire()
  local old = call('ZRANGEBYSCORE', age, '-inf', int(now - retention), 'LIMIT', 0, 200)
  if #old == 0 then return false end
  call('ZREM', delayed, unpack(old))
  drop(old)
  if freed then wake(0) end
  return #old == 200
end

-- Groups whose first message has become visible.
local function uncover()
  local due = call('ZRANGEBYSCORE', hidden, '-inf', nowText, 'LIMIT', 0, 500)
  for _, member in ipairs(due) do
    call('ZREM', hidden, member)
    call('ZADD', heads, string.sub(member, 1, 15), member)
  end
  return #due == 500
end

if expire() then return {'more'} end
if uncover() then return {'more'} end
`;
