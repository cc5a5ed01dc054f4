import { Script } from '../script.ts';
import { standardPrelude } from './prelude.ts';

/** Receives messages of a standard queue and gives up those that were received too often. */
export const standardReceive = new Script(
  standardPrelude,
  `
-- KEYS as above. ARGV   4 how many at most  5 for how long they are hidden, in ms  6 maxReceiveCount, or ''  7 in-flight limit
--        8 the dead-letter queue  9 '1': it is known to exist
-- Guarantees: a message that has used up its receives goes to the outbox of the dead-letter queue and out of this one in
-- one go. {'letters'} and no change when that would have to be done and the queue is not known to exist.
-- Answers 'ok', the time, until when they are hidden, when there may be something again ('' now, '-' never), '1' when an
-- outbox holds something, '1' when more has to be given up (call again), the number of messages, then for each:
-- "id since receives receivedAt firstReceivedAt age" (one text costs its reader less than many), what was sent; then for
-- each dead letter: "receives firstReceivedAt age", what was sent.
local room, limit, most = tonumber(ARGV[4]), tonumber(ARGV[7]), tonumber(ARGV[6])
local hideUntilMs = now + tonumber(ARGV[5])
local hideUntil = int(hideUntilMs)
local taken, since, fates, ages = {}, {}, {}, {}
local letters, letterFates, backs = {}, {}, {}
local freshCount, capped, exhausted, tooMuch = 0, false, false, false
local fresh1 = '1 ' .. nowText .. ' ' .. nowText .. ' '

local hidden = call('ZCARD', away)
if hidden + room > limit then
  local left = limit - hidden + call('ZCOUNT', delayed, '(' .. nowText, '+inf')
  if left <= room then
    room = math.max(0, left)
    capped = true
  end
end

local function take(id, at, fate, from)
  local n = #taken + 1
  taken[n], since[n], fates[n], ages[n] = id, at, fate .. from, from
end

local function judgeBack(id, at)
  backs[#backs + 1] = id
  local state, from = call('HGET', states, id), call('ZSCORE', age, id)
  if not state then
    take(id, at, fresh1, from)
    return
  end
  local receives, first = string.match(state, '^(%d+) %d+ (%d+)')
  if most and tonumber(receives) >= most then
    letters[#letters + 1] = id
    letterFates[#letterFates + 1] = receives .. ' ' .. first .. ' ' .. from
  else
    take(id, at, int(tonumber(receives) + 1) .. ' ' .. nowText .. ' ' .. first .. ' ', from)
  end
end

-- Where nothing is back, which is the rule, the fresh ones are taken as they stand.
if room > 0 and call('EXISTS', back) == 0 then
  local news = call('LRANGE', fresh, 0, room - 1)
  freshCount = #news
  exhausted = freshCount < room
  for i = 1, freshCount do
    local at = string.sub(news[i], 17)
    taken[i], since[i], fates[i] = string.sub(news[i], 1, 15), at, fresh1 .. at
  end
  ages = since
end
while #taken < room and not exhausted and not tooMuch do
  local want = room - #taken
  local ids, times, isBack = ahead(#backs, freshCount, want)
  for i, id in ipairs(ids) do
    if isBack[i] then
      judgeBack(id, times[i])
    else
      freshCount = freshCount + 1
      take(id, times[i], fresh1, times[i])
    end
  end
  exhausted = #ids < want
  tooMuch = #letters >= 200
end
if #letters > 0 and ARGV[9] ~= '1' then return {'letters'} end

local bodies, letterBodies = {}, {}
if freshCount > 0 then call('LTRIM', fresh, freshCount, -1) end
if #backs > 0 then
  call('ZREM', back, unpack(backs))
  call('ZREM', age, unpack(backs))
end
if #taken > 0 then
  bodies = call('HMGET', messages, unpack(taken))
  local told, hide = {}, {}
  for i = 1, #taken do
    local id = taken[i]
    told[2 * i - 1], told[2 * i] = id, fates[i]
    hide[2 * i - 1], hide[2 * i] = hideUntil, id
    noteAge(id, ages[i], hideUntilMs)
  end
  call('HSET', states, unpack(told))
  call('ZADD', away, unpack(hide))
end
if #letters > 0 then
  letterBodies = call('HMGET', messages, unpack(letters))
  local seq = call('HINCRBY', meta, 'seq', #letters) - #letters
  for i, fate in ipairs(letterFates) do post(ARGV[8], seq + i, 'l', fate, letterBodies[i]) end
  call('SADD', outs, ARGV[8])
  call('HDEL', messages, unpack(letters))
  call('HDEL', states, unpack(letters))
end
if #taken + #letters > 0 then call('HSET', meta, 'now', nowText) end

local again = ''
if exhausted or capped then
  again = call('ZRANGE', away, 0, 0, 'WITHSCORES')[2] or '-'
  local oldest = capped and call('ZRANGE', age, 0, 0, 'WITHSCORES')[2]
  local ends = oldest and tonumber(oldest) + retention
  if ends and (again == '-' or ends < tonumber(again)) then again = int(ends) end
  if capped then call('HSET', meta, 'full', '1') end
end
if tooMuch or (#taken > 0 and hideUntilMs == now) then again = '' end

local answer = {'ok', nowText, hideUntil, again, call('EXISTS', outs), tooMuch and 1 or 0, #taken}
local n = 7
for i = 1, #taken do
  answer[n + 1], answer[n + 2] = taken[i] .. ' ' .. since[i] .. ' ' .. fates[i], bodies[i]
  n = n + 2
end
for i, fate in ipairs(letterFates) do
  answer[n + 1], answer[n + 2] = fate, letterBodies[i]
  n = n + 2
end
return answer
`,
);
