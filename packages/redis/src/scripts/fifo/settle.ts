import { Script } from '../script.ts';
import { fifoPrelude } from './prelude.ts';

/** Deletes what receipt handles name. */
export const fifoDelete = new Script(
  fifoPrelude,
  `
-- KEYS as above. ARGV   4 ... for each handle: id, number of the receive. An id that no message has is fine.
-- Guarantees: as if each handle came in a call of its own.
-- Answers 'ok' and one letter for each handle: d deleted, g gone, x expired.
local ids, seen = {}, {}
for i = 4, #ARGV, 2 do ids[#ids + 1] = ARGV[i] end
local was = call('HMGET', states, unpack(ids))
local fates, gone = {}, {}

local function fateOf(i, state)
  if not state or seen[ids[i]] then return 'g' end
  local receive = ARGV[3 + 2 * i]
  local latest = string.sub(state, 1, #receive + 1) == receive .. ' '
  local member = ids[i] .. string.match(state, '^%d+ %d+ %d+ (.*)$')
  if not latest or tonumber(call('ZSCORE', visible, member)) <= now then return 'x' end
  seen[ids[i]] = true
  gone[#gone + 1] = member
  return 'd'
end

for i, state in ipairs(was) do fates[i] = fateOf(i, state) end
drop(gone)
if #gone > 0 and (freed or known[4]) then
  call('HDEL', meta, 'full')
  wake(0)
end
return {'ok', table.concat(fates)}
`,
);

/** Changes for how long messages in flight are hidden. */
export const fifoVisibility = new Script(
  fifoPrelude,
  `
-- KEYS as above. ARGV   4 the longest that one receive can hide a message, in ms
--        5 ... for each change: id, number of the receive, for how long from now, in ms
-- Guarantees: as if each change came in a call of its own.
-- Answers 'ok' and for each change the time at which the message becomes visible, or 'g' gone, 'n' not in flight,
-- 'b' beyond the limit.
local soonest

local function change(id, receive, forMs)
  local state = call('HGET', states, id)
  if not state then return 'g' end
  local receives, receivedAt, group = string.match(state, '^(%d+) (%d+) %d+ (.*)$')
  local member = id .. group
  if receives ~= receive or tonumber(call('ZSCORE', visible, member)) <= now then return 'n' end
  local at = now + tonumber(forMs)
  if at > tonumber(receivedAt) + tonumber(ARGV[4]) then return 'b' end
  call('ZADD', visible, int(at), member)
  if call('ZSCORE', hidden, member) then offer(group) end
  if not soonest or at < soonest then soonest = at end
  return int(at)
end

local answer = {'ok'}
for i = 5, #ARGV, 3 do answer[#answer + 1] = change(ARGV[i], ARGV[i + 1], ARGV[i + 2]) end
if soonest then
  if known[4] then call('HDEL', meta, 'full') end
  call('HSET', meta, 'now', nowText)
  wake(known[4] and 0 or int(soonest - now))
end
return answer
`,
);

/** Undoes receives whose caller had given up before their answer came. */
export const fifoUndo = new Script(
  fifoPrelude,
  `
-- KEYS as above. ARGV   4 ... for each message: id, number of the receive, since when it had been visible
-- Guarantees: a message that nobody received, deleted or gave up since is as it was before that receive: its place in
-- the queue and its receive count too. Others are left alone.
-- Answers 'ok'.
for i = 4, #ARGV, 3 do
  local id, receive = ARGV[i], ARGV[i + 1]
  local state = call('HGET', states, id)
  local receives, receivedAt, first, group
  if state then receives, receivedAt, first, group = string.match(state, '^(%d+) (%d+) (%d+) (.*)$') end
  if receives == receive then
    if receive == '1' then
      call('HDEL', states, id)
    else
      local before = int(tonumber(receive) - 1) .. ' ' .. receivedAt .. ' ' .. first
      call('HSET', states, id, before .. ' ' .. group)
    end
    call('ZADD', visible, ARGV[i + 2], id .. group)
    if call('ZSCORE', hidden, id .. group) or call('ZSCORE', heads, id .. group) then offer(group) end
  end
end
if known[4] then call('HDEL', meta, 'full') end
wake(0)
return {'ok'}
`,
);
