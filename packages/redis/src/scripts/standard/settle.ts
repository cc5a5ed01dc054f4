import { Script } from '../script.ts';
import { standardPrelude } from './prelude.ts';

/** Deletes what receipt handles name. */
export const standardDelete = new Script(
  standardPrelude,
  `
-- KEYS as above. ARGV   4 ... for each handle: id, number of the receive. An id that no message has is fine.
-- Guarantees: as if each handle came in a call of its own.
-- Answers 'ok' and one letter for each handle: d deleted, r received again since, g gone.
local ids, fates, gone, seen = {}, {}, {}, {}
for i = 4, #ARGV, 2 do ids[#ids + 1] = ARGV[i] end
for i, state in ipairs(call('HMGET', states, unpack(ids))) do
  local receive = ARGV[3 + 2 * i]
  if not state or seen[ids[i]] then
    fates[i] = 'g'
  elseif string.sub(state, 1, #receive + 1) == receive .. ' ' then
    fates[i] = 'd'
    seen[ids[i]] = true
    gone[#gone + 1] = ids[i]
  else
    fates[i] = 'r'
  end
end
drop(gone)
if #gone > 0 and known[4] then
  call('HDEL', meta, 'full')
  wake(0)
end
return {'ok', table.concat(fates)}
`,
);

/** Changes for how long messages in flight are hidden. */
export const standardVisibility = new Script(
  standardPrelude,
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
  local receives, receivedAt, from = string.match(state, '^(%d+) (%d+) %d+ (%d+)$')
  local hiddenUntil = call('ZSCORE', away, id)
  if receives ~= receive or not hiddenUntil or tonumber(hiddenUntil) <= now then return 'n' end
  local at = now + tonumber(forMs)
  if at > tonumber(receivedAt) + tonumber(ARGV[4]) then return 'b' end
  call('ZADD', away, int(at), id)
  noteAge(id, from, at)
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
export const standardUndo = new Script(
  standardPrelude,
  `
-- KEYS as above. ARGV   4 ... for each message: id, number of the receive, since when it had been visible
-- Guarantees: a message that nobody received, deleted or gave up since is as it was before that receive: its place in
-- the queue and its receive count too. Others are left alone.
-- Answers 'ok'.
for i = 4, #ARGV, 3 do
  local id, receive = ARGV[i], ARGV[i + 1]
  local state = call('HGET', states, id)
  local receives, receivedAt, first, from
  if state then receives, receivedAt, first, from = string.match(state, '^(%d+) (%d+) (%d+) (%d+)$') end
  if receives == receive then
    if receive == '1' then
      call('HDEL', states, id)
    else
      call('HSET', states, id, int(tonumber(receive) - 1) .. ' ' .. receivedAt .. ' ' .. first .. ' ' .. from)
    end
    call('ZREM', away, id)
    call('ZADD', back, ARGV[i + 2], id)
    call('ZADD', age, from, id)
  end
end
if known[4] then call('HDEL', meta, 'full') end
wake(0)
return {'ok'}
`,
);
