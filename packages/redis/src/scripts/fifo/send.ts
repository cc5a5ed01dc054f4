import { Script } from '../script.ts';
import { fifoPrelude } from './prelude.ts';

/** Puts messages into a FIFO queue: sent, dead-lettered from another queue, or moved here. */
export const fifoSend = new Script(
  fifoPrelude,
  `
-- KEYS as above. ARGV   4 the outbox that the messages come from, or '' when they were sent
--        5 for how long deduplication ids are remembered, in ms
--        then for each message: its number in that outbox ('' when sent), delay in ms, origin, what was sent,
--        group, deduplication id ('': neither asked nor remembered), message id.
--        Origin is '' for a message that begins here; for a dead letter "sentAt age rest", where the age '-' means now.
-- Guarantees: in order; of one outbox each entry is taken once, however often it is brought; a deduplication id is taken
-- once in its time.
-- Answers 'ok', the time, and for each message 'n' and its ordinal, or 'd', ordinal and message id of the
-- one that it repeats.
local source = ARGV[4]
local high = source ~= '' and tonumber(call('HGET', arrivals, source) or 0)
local nextOrdinal = tonumber(known[3])
local answer = {'ok', nowText}
local bodies, shown, ages, late = {}, {}, {}, {}
local soonest

local forget = call('ZRANGEBYSCORE', dedupAge, '-inf', int(now - tonumber(ARGV[5])), 'LIMIT', 0, 200)
if #forget > 0 then
  call('HDEL', dedup, unpack(forget))
  call('ZREM', dedupAge, unpack(forget))
end

local function earlier(key)
  local found = key ~= '' and call('HGET', dedup, key)
  if not found then return false end
  local at, rest = string.match(found, '^(%d+) (.*)$')
  return tonumber(at) + tonumber(ARGV[5]) > now and rest
end

local function put(i, delay)
  local id = string.format('%015d', nextOrdinal)
  nextOrdinal = nextOrdinal + 1
  local member = id .. ARGV[i + 4]
  local at = now + delay
  local atText = delay == 0 and nowText or int(at)
  local head, since = nowText, nowText
  if ARGV[i + 2] ~= '' then
    local sentAt, from, rest = string.match(ARGV[i + 2], '^(%d+) (%S+) (.*)$')
    if from ~= '-' then since = from end
    head = sentAt .. ' ' .. since .. ' ' .. rest
  end
  bodies[#bodies + 1] = id
  bodies[#bodies + 1] = head .. ARGV[i + 3]
  shown[#shown + 1] = atText
  shown[#shown + 1] = member
  ages[#ages + 1] = since
  ages[#ages + 1] = member
  if delay > 0 then
    late[#late + 1] = atText
    late[#late + 1] = member
  end
  if not soonest or at < soonest then soonest = at end
  return id, member, atText
end

local function join(i, id, member, atText)
  local group, key = ARGV[i + 4], ARGV[i + 5]
  call('ZADD', order, 0, group .. '\\0' .. id)
  local first = call('ZRANGEBYLEX', order, '[' .. group .. '\\0', '(' .. group .. '\\1', 'LIMIT', 0, 1)[1]
  if string.sub(first, -15) == id then
    if tonumber(atText) <= now then call('ZADD', heads, id, member) else call('ZADD', hidden, atText, member) end
  end
  if key ~= '' then
    call('HSET', dedup, key, nowText .. ' ' .. id .. ' ' .. ARGV[i + 6])
    call('ZADD', dedupAge, nowText, key)
  end
end

for i = 6, #ARGV, 7 do
  if not high or tonumber(ARGV[i]) > high then
    local repeated = earlier(ARGV[i + 5])
    if repeated then
      answer[#answer + 1] = 'd' .. repeated
    else
      local id, member, atText = put(i, tonumber(ARGV[i + 1]))
      join(i, id, member, atText)
      answer[#answer + 1] = 'n' .. id
    end
    if high then call('HSET', arrivals, source, ARGV[i]) end
  end
end
if #bodies > 0 then
  call('HSET', messages, unpack(bodies))
  call('ZADD', visible, unpack(shown))
  call('ZADD', age, unpack(ages))
  if #late > 0 then
    call('ZREMRANGEBYSCORE', delayed, '-inf', nowText)
    call('ZADD', delayed, unpack(late))
  end
  call('HSET', meta, 'ord', int(nextOrdinal), 'now', nowText)
  wake(int(soonest - now))
end
return answer
`,
);
