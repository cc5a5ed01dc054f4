/** What every script of a queue begins with. */

export const prelude = `
-- All scripts of a queue begin so.
-- KEYS   1 meta: a hash (def, rev: the definition and its revision; now: the latest time of a change; ord: ordinal of the
--          next message; seq: number of the next outbox entry; full: set when a receive met the in-flight limit)
--        2 messages: hash, id -> what was sent, never rewritten. An id is the ordinal in 15 digits
--        3 states: hash, id -> "receives receivedAt firstReceivedAt [group]", from the first receive on
--        4 visible: zset of members by the time from which they can be received; a member is the id, then the FIFO group
--        5 age: zset of members by the time from which retention counts
--        6 delayed: zset of members, by the end of their delay; entries of the past say nothing
--        7 order: zset of group NUL id, all with score 0: the members of a group in the order sent (FIFO)
--        8 heads: zset of the first members of groups that can be received, by ordinal (FIFO)
--        9 hidden: zset of the first members of groups that cannot, by the time at which they can (FIFO)
--       10 dedup: hash, deduplication id -> "time id messageId" (FIFO)
--       11 dedupAge: zset of deduplication ids by time (FIFO)
--       12 outs: set of queues for which an outbox holds messages; the outbox itself is the list KEYS[12]:queue
--       13 arrivals: hash, outbox -> the last entry that was taken from it
-- ARGV   1 the revision that the caller knows  2 time in ms, or '' for the time of Redis  3 '1': FIFO  4 retention in ms
-- Guarantees: answers {'stale'} and changes nothing when the caller's revision is not that of the queue (changed, made
-- anew, or gone). Time never goes back. What retention ends is gone before anything else is looked at; {'more'} when
-- there was too much of it for one call: call again.
local call = redis.call
local meta, messages, states, visible, age, delayed = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local order, heads, hidden, dedup, dedupAge = KEYS[7], KEYS[8], KEYS[9], KEYS[10], KEYS[11]
local outs, arrivals = KEYS[12], KEYS[13]
local known = call('HMGET', meta, 'rev', 'now', 'ord', 'full')
if known[1] ~= ARGV[1] then return {'stale'} end
local now
if ARGV[2] == '' then
  local time = call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
else
  now = tonumber(ARGV[2])
end
if known[2] and tonumber(known[2]) > now then now = tonumber(known[2]) end
local fifo = ARGV[3] == '1'
local function int(n) return string.format('%.0f', n) end
local nowText = int(now)
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

-- Takes members out of the queue for good.
local function drop(members)
  if #members == 0 then return end
  local ids = members
  if fifo then
    ids = {}
    for i, member in ipairs(members) do ids[i] = string.sub(member, 1, 15) end
  end
  call('HDEL', messages, unpack(ids))
  call('HDEL', states, unpack(ids))
  call('ZREM', visible, unpack(members))
  call('ZREM', age, unpack(members))
  if not fifo then return end
  local behead = {}
  for i, member in ipairs(members) do
    local group = string.sub(member, 16)
    call('ZREM', order, group .. '\\0' .. ids[i])
    if call('ZREM', heads, member) + call('ZREM', hidden, member) > 0 then behead[group] = true end
  end
  for group in pairs(behead) do offer(group) end
end

-- Tells the processes in which a receive waits, in how many milliseconds there will be something.
local function wake(inMs) call('PUBLISH', meta, inMs) end

local function expire()
  local old = call('ZRANGEBYSCORE', age, '-inf', int(now - tonumber(ARGV[4])), 'LIMIT', 0, 200)
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
if fifo and uncover() then return {'more'} end
`;
