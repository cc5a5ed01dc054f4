import { prelude } from './prelude.ts';
import { script } from './script.ts';

/** Receives messages and gives up those that were received too often. */
export const receiveScript = script(
  'receive',
  prelude,
  `
-- KEYS as above. ARGV   5 how many at most  6 for how long they are hidden, in ms  7 maxReceiveCount, or ''  8 in-flight limit
--        9 the dead-letter queue  10 '1': it is known to exist
-- Guarantees: a message that has used up its receives goes to the outbox of the dead-letter queue and out of this one in
-- one go. {'letters'} and no change when that would have to be done and the queue is not known to exist.
-- Answers 'ok', the time, until when they are hidden, when there may be something again ('' now, '-' never), '1' when an
-- outbox holds something, '1' when more has to be given up (call again), the number of messages, then for each: id,
-- state, since when it was visible, what was sent; then for each dead letter: state, what was sent.
local room, limit = tonumber(ARGV[5]), tonumber(ARGV[8])
local most = tonumber(ARGV[7])
local taken, since, fates, letters, letterFates, visited = {}, {}, {}, {}, {}, {}
local exhausted, tooMuch = false, false
local capped = false

local all = call('ZCARD', visible)
if all + room > limit then
  local inFlight = call('ZCOUNT', visible, '(' .. nowText, '+inf') - call('ZCOUNT', delayed, '(' .. nowText, '+inf')
  if limit - inFlight <= room then
    room = math.max(0, limit - inFlight)
    capped = true
  end
end

local fresh = '1 ' .. nowText .. ' ' .. nowText

-- Decides what becomes of a message that can be received.
local function judge(member, state, at, group)
  local receives, _, first
  if state then receives, _, first = string.match(state, '^(%d+) (%d+) (%d+)') end
  if most and tonumber(receives or 0) >= most then
    letters[#letters + 1] = member
    letterFates[#letterFates + 1] = (receives or '0') .. ' ' .. (first or '-')
    return
  end
  local fate = fresh
  if receives then fate = int(tonumber(receives) + 1) .. ' ' .. nowText .. ' ' .. first end
  taken[#taken + 1] = member
  since[#since + 1] = at
  fates[#fates + 1] = group and fate .. ' ' .. group or fate
end

local function pickStandard()
  local offset = 0
  while #taken < room and not exhausted and not tooMuch do
    local want = room - #taken
    local found = call('ZRANGEBYSCORE', visible, '-inf', nowText, 'WITHSCORES', 'LIMIT', offset, want)
    local ids = {}
    for i = 1, #found, 2 do ids[#ids + 1] = found[i] end
    if #ids > 0 then
      local was = call('HMGET', states, unpack(ids))
      for i, id in ipairs(ids) do judge(id, was[i], found[2 * i]) end
    end
    exhausted = #ids < want
    tooMuch = #letters >= 200
    offset = offset + #ids
  end
end

-- Takes what can be taken of one group. True when the group goes on being looked at.
local function pickMore(group, offset)
  local want = room - #taken
  local chain = call('ZRANGEBYLEX', order, '[' .. group .. '\\0', '(' .. group .. '\\1', 'LIMIT', offset, want)
  for _, entry in ipairs(chain) do
    local id = string.sub(entry, -15)
    local at = call('ZSCORE', visible, id .. group)
    if tonumber(at) > now then return false end
    judge(id .. group, call('HGET', states, id), at, group)
  end
  tooMuch = #letters >= 200
  return #chain == want and #taken < room and not tooMuch, #chain
end

local function pickFifo()
  while #taken < room and not exhausted and not tooMuch do
    local head = call('ZRANGE', heads, #visited, #visited)[1]
    if head then
      local group = string.sub(head, 16)
      visited[#visited + 1] = head
      local offset = 0
      local goesOn, seen = pickMore(group, offset)
      while goesOn do
        offset = offset + seen
        goesOn, seen = pickMore(group, offset)
      end
    else
      exhausted = true
    end
  end
end

local function idsOf(members)
  if not fifo then return members end
  local ids = {}
  for i, member in ipairs(members) do ids[i] = string.sub(member, 1, 15) end
  return ids
end

if fifo then pickFifo() else pickStandard() end
if #letters > 0 and ARGV[10] ~= '1' then return {'letters'} end

local hideUntil = int(now + tonumber(ARGV[6]))
local takenIds = idsOf(taken)
local bodies = {}
if #taken > 0 then
  bodies = call('HMGET', messages, unpack(takenIds))
  local told, hide = {}, {}
  for i, id in ipairs(takenIds) do
    told[2 * i - 1], told[2 * i] = id, fates[i]
    hide[2 * i - 1], hide[2 * i] = hideUntil, taken[i]
  end
  call('HSET', states, unpack(told))
  call('ZADD', visible, unpack(hide))
end
local letterBodies = {}
if #letters > 0 then
  letterBodies = call('HMGET', messages, unpack(idsOf(letters)))
  local seq = call('HINCRBY', meta, 'seq', #letters) - #letters
  for i, fate in ipairs(letterFates) do
    call('RPUSH', outs .. ':' .. ARGV[9], int(seq + i) .. ' l ' .. fate .. '\\n' .. letterBodies[i])
  end
  call('SADD', outs, ARGV[9])
  drop(letters)
end
for _, head in ipairs(visited) do
  call('ZREM', heads, head)
  offer(string.sub(head, 16))
end
if #taken + #letters > 0 then call('HSET', meta, 'now', nowText) end

local again = ''
if exhausted or capped then
  local first = call('ZRANGEBYSCORE', visible, '(' .. nowText, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)[2]
  again = first or '-'
  if fifo or capped then
    local oldest = call('ZRANGE', age, 0, 0, 'WITHSCORES')[2]
    local ends = oldest and tonumber(oldest) + tonumber(ARGV[4])
    if ends and (again == '-' or ends < tonumber(again)) then again = int(ends) end
  end
  if capped then call('HSET', meta, 'full', '1') end
end
if tooMuch or (#taken > 0 and hideUntil == nowText) then again = '' end

local answer = {'ok', nowText, hideUntil, again, call('EXISTS', outs), tooMuch and 1 or 0, #taken}
for i, id in ipairs(takenIds) do
  answer[#answer + 1] = id
  answer[#answer + 1] = fates[i]
  answer[#answer + 1] = since[i]
  answer[#answer + 1] = bodies[i]
end
for i, fate in ipairs(letterFates) do
  answer[#answer + 1] = fate
  answer[#answer + 1] = letterBodies[i]
end
return answer
`,
);
