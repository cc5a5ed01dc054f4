import { Script } from '../script.ts';
import { fifoPrelude } from './prelude.ts';

/** Receives messages of a FIFO queue and gives up those that were received too often. */
export const fifoReceive = new Script(
  fifoPrelude,
  `
-- KEYS as above. ARGV   4 how many at most  5 for how long they are hidden, in ms  6 maxReceiveCount, or ''  7 in-flight limit
--        8 the dead-letter queue  9 '1': it is known to exist
-- Guarantees: a message that has used up its receives goes to the outbox of the dead-letter queue and out of this one in
-- one go. {'letters'} and no change when that would have to be done and the queue is not known to exist.
-- Answers 'ok', the time, until when they are hidden, when there may be something again ('' now, '-' never), '1' when an
-- outbox holds something, '1' when more has to be given up (call again), the number of messages, then for each:
-- "id since receives receivedAt firstReceivedAt", what was sent; then for each dead letter: "receives firstReceivedAt -",
-- what was sent.
local room, limit = tonumber(ARGV[4]), tonumber(ARGV[7])
local most = tonumber(ARGV[6])
local taken, fates, tellings, letters, letterFates, visited = {}, {}, {}, {}, {}, {}
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
  if most and receives and tonumber(receives) >= most then
    letters[#letters + 1] = member
    letterFates[#letterFates + 1] = receives .. ' ' .. first .. ' -'
    return
  end
  local fate = fresh
  if receives then fate = int(tonumber(receives) + 1) .. ' ' .. nowText .. ' ' .. first end
  taken[#taken + 1] = member
  fates[#fates + 1] = fate .. ' ' .. group
  tellings[#tellings + 1] = at .. ' ' .. fate
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

local function pick()
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

pick()
if #letters > 0 and ARGV[9] ~= '1' then return {'letters'} end

local hideUntil = int(now + tonumber(ARGV[5]))
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
    post(ARGV[8], seq + i, 'l', fate, letterBodies[i])
  end
  call('SADD', outs, ARGV[8])
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
  local oldest = call('ZRANGE', age, 0, 0, 'WITHSCORES')[2]
  local ends = oldest and tonumber(oldest) + retention
  if ends and (again == '-' or ends < tonumber(again)) then again = int(ends) end
  if capped then call('HSET', meta, 'full', '1') end
end
if tooMuch or (#taken > 0 and hideUntil == nowText) then again = '' end

local answer = {'ok', nowText, hideUntil, again, call('EXISTS', outs), tooMuch and 1 or 0, #taken}
for i, id in ipairs(takenIds) do
  answer[#answer + 1] = id .. ' ' .. tellings[i]
  answer[#answer + 1] = bodies[i]
end
for i, fate in ipairs(letterFates) do
  answer[#answer + 1] = fate
  answer[#answer + 1] = letterBodies[i]
end
return answer
`,
);
