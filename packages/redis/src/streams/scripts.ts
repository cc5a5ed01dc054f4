/** The scripts of a stream: everything that changes one, and what is not on the path of a read. */
import { CLOCK_LUA } from '../scripts/clock.ts';
import { Script } from '../scripts/script.ts';

const prelude = `${CLOCK_LUA}
-- All scripts of a stream that is there begin so.
-- KEYS   1 meta: a hash, in which n is the number of a shard
--            def, rev   the definition and its revision "generation.changes"
--            now        the latest time of a change
--            shards     how many shards there ever were
--            sweep      when retention is looked at again
--            s<n>       "startingHashKey endingHashKey parent adjacentParent createdAt", '-' where there is no parent
--            c<n>       once it is closed: "closedAt children token"
--            e<n>       the index that its next record will get
--            w<n>       "second records bytes" that were put in a second, where there are limits
--          of shards that were closed longer ago than retention lasts, nothing
--        KEYS[1]:generation:n is a Redis stream that holds the records of shard n. The id of a record is its index plus
--        one, then its time of arrival, so that ids follow from indexes and cost no field
-- ARGV   1 the revision that the caller knows  2 time in ms, or '' for the time of Redis  3 retention in ms
-- Guarantees: answers {'stale'} and changes nothing when the caller's revision is not that of the stream (changed,
-- resharded, made anew, or gone). Time never goes back.
local call, meta = redis.call, KEYS[1]
local known = call('HMGET', meta, 'rev', 'now', 'shards', 'sweep')
if known[1] ~= ARGV[1] then return {'stale'} end
local now = timeFrom(ARGV[2], known[2])
local nowText, retention = int(now), tonumber(ARGV[3])
local records = meta .. ':' .. string.match(ARGV[1], '^[^.]+') .. ':'

-- Tells the processes in which a read waits that there is something new in a shard.
local function wake(n) call('PUBLISH', meta .. ':' .. n, 0) end

-- Index and arrival of the first record from an index on.
local function recordFrom(n, index)
  local entry = call('XRANGE', records .. n, int(index + 1), '+', 'COUNT', 1)[1]
  if not entry then return nil end
  local id, arrival = string.match(entry[1], '^(%d+)%-(%d+)$')
  return tonumber(id) - 1, tonumber(arrival)
end

-- The first index, from low on and before high, whose record arrived at a time or later; else high.
local function searchTime(n, low, high, atMs)
  while low < high do
    local middle = math.floor((low + high) / 2)
    local index, arrival = recordFrom(n, middle)
    if index and arrival < atMs then low = middle + 1 else high = middle end
  end
  return low
end

-- Removes what retention has ended in a shard. Answers the oldest index that can be read.
local function trim(n, endIndex)
  local first, arrival = recordFrom(n, 0)
  if not first then return endIndex end
  if arrival + retention > now then return first end
  local live = searchTime(n, first + 1, endIndex, now - retention + 1)
  if live == endIndex then call('UNLINK', records .. n)
  else call('XTRIM', records .. n, 'MINID', '=', int(live + 1)) end
  return live
end

-- The numbers of the shards that are there, in order.
local function shardsThere()
  local there = {}
  for _, field in ipairs(call('HKEYS', meta)) do
    local n = string.match(field, '^s(%d+)$')
    if n then there[#there + 1] = tonumber(n) end
  end
  table.sort(there)
  return there
end

-- Whether retention has passed since a shard was closed, by its c<n>.
local function isOver(closing) return closing and tonumber(string.match(closing, '^%d+')) + retention <= now end

local function sweep()
  for _, n in ipairs(shardsThere()) do
    local held = call('HMGET', meta, 'e' .. n, 'c' .. n)
    trim(n, tonumber(held[1]))
    if isOver(held[2]) then call('HDEL', meta, 's' .. n, 'c' .. n, 'e' .. n, 'w' .. n) end
  end
  call('HSET', meta, 'sweep', int(now + math.min(60000, math.max(1000, math.floor(retention / 100)))))
end

local function sweepInTime()
  if now >= tonumber(known[4]) then sweep() end
end
`;

/** Makes a stream unless there is one. */
export const createScript = new Script(`${CLOCK_LUA}
-- KEYS   1 meta
-- ARGV   1 definition  2 revision  3 time  then for each shard: startingHashKey, endingHashKey
-- Guarantees: of two that make a stream of one name at once, one does, and both learn which.
-- Answers '1' when made, definition, revision.
local there = redis.call('HMGET', KEYS[1], 'def', 'rev')
if there[1] then return {'0', there[1], there[2]} end
local now = int(timeFrom(ARGV[3], nil))
local n = 0
for i = 4, #ARGV, 2 do
  local shard = ARGV[i] .. ' ' .. ARGV[i + 1] .. ' - - ' .. now
  redis.call('HSET', KEYS[1], 's' .. n, shard, 'e' .. n, 0)
  n = n + 1
end
redis.call('HSET', KEYS[1], 'def', ARGV[1], 'rev', ARGV[2], 'now', now, 'shards', n, 'sweep', 0)
return {'1', ARGV[1], ARGV[2]}
`);

/** Changes a definition that nobody else has changed meanwhile. */
export const changeScript = new Script(
  prelude,
  `
-- ARGV   4 the new definition  5 its revision
-- Guarantees: what the old retention has ended, records and shards, does not come back with a longer one.
sweep()
call('HSET', meta, 'def', ARGV[4], 'rev', ARGV[5], 'now', nowText, 'sweep', 0)
return {'ok'}
`,
);

/** Removes a stream and everything in it. */
export const removeScript = new Script(
  prelude,
  `
-- Guarantees: nothing of the stream is left, or nothing was changed.
for _, n in ipairs(shardsThere()) do
  call('UNLINK', records .. n)
  wake(n)
end
call('UNLINK', meta)
return {'ok'}
`,
);

/** Puts records into open shards, in order. */
export const putScript = new Script(
  prelude,
  `
-- ARGV   4, 5 records and bytes that a shard takes in a second, or ''  then for each record: shard, bytes, text
-- Guarantees: the shards are open, because they were when the revision was made. A shard that has taken too much in this
-- second of the clock refuses a record; one always fits into a new second.
-- Answers 'ok', the time, and for each record its index, or -1 when it was refused.
local maxRecords, maxBytes = tonumber(ARGV[4]), tonumber(ARGV[5])
local second, suffix = math.floor(now / 1000), '-' .. nowText
local shards, answer = {}, {'ok', nowText}
local function touched(n)
  local held = call('HMGET', meta, 'e' .. n, 'w' .. n)
  local shard = {ended = tonumber(held[1]), key = records .. n, records = 0, bytes = 0}
  local s, r, b = string.match(held[2] or '', '^(%d+) (%d+) (%d+)$')
  if s and tonumber(s) == second then shard.records, shard.bytes = tonumber(r), tonumber(b) end
  shards[n] = shard
  return shard
end
for i = 6, #ARGV, 3 do
  local shard, bytes = shards[ARGV[i]] or touched(ARGV[i]), tonumber(ARGV[i + 1])
  if maxRecords and shard.records > 0 and (shard.records >= maxRecords or shard.bytes + bytes > maxBytes) then
    answer[#answer + 1] = -1
  else
    answer[#answer + 1] = shard.ended
    shard.ended = shard.ended + 1
    call('XADD', shard.key, int(shard.ended) .. suffix, 'r', ARGV[i + 2])
    shard.records, shard.bytes = shard.records + 1, shard.bytes + bytes
  end
end
call('HSET', meta, 'now', nowText)
for n, shard in pairs(shards) do
  call('HSET', meta, 'e' .. n, int(shard.ended))
  if maxRecords then call('HSET', meta, 'w' .. n, int(second) .. ' ' .. int(shard.records) .. ' ' .. int(shard.bytes)) end
  wake(n)
end
sweepInTime()
return answer
`,
);

/** Closes shards and opens their children. */
export const reshardScript = new Script(
  prelude,
  `
-- ARGV   4 the new revision  5 a token, kept with what is closed, so that whoever asks again knows its own work
--        6 how many are closed, then for each: number, its children
--        then for each child, whose numbers go on from the last: "startingHashKey endingHashKey parent adjacentParent"
local closed, count = tonumber(ARGV[6]), tonumber(known[3])
for i = 7, 5 + 2 * closed, 2 do call('HSET', meta, 'c' .. ARGV[i], nowText .. ' ' .. ARGV[i + 1] .. ' ' .. ARGV[5]) end
for i = 7 + 2 * closed, #ARGV do
  call('HSET', meta, 's' .. count, ARGV[i] .. ' ' .. nowText, 'e' .. count, 0)
  count = count + 1
end
call('HSET', meta, 'rev', ARGV[4], 'now', nowText, 'shards', count)
for i = 7, 5 + 2 * closed, 2 do wake(ARGV[i]) end
sweepInTime()
return {'ok'}
`,
);

/** What each shard holds. */
export const shardsScript = new Script(
  prelude,
  `
-- Answers 'ok', then for each shard that is listed: number, end index, oldest index that can be read. A closed shard is
-- listed until retention has passed since then.
local answer = {'ok'}
for _, n in ipairs(shardsThere()) do
  local held = call('HMGET', meta, 'e' .. n, 'c' .. n)
  local ended = tonumber(held[1])
  local first = trim(n, ended)
  if not isOver(held[2]) then
    answer[#answer + 1] = n
    answer[#answer + 1] = ended
    answer[#answer + 1] = first
  end
end
call('HSET', meta, 'now', nowText)
return answer
`,
);

/** Where in a shard a time lies. */
export const indexAtScript = new Script(
  prelude,
  `
-- ARGV   4 the shard's number  5 a time in ms
-- Answers 'ok', the index of the first record that can be read and arrived then or later; or 'ok' alone when retention
-- has passed since the shard was closed.
local held = call('HMGET', meta, 'e' .. ARGV[4], 'c' .. ARGV[4])
if not held[1] or isOver(held[2]) then return {'ok'} end
local ended = tonumber(held[1])
local atMs = math.max(tonumber(ARGV[5]), now - retention + 1)
return {'ok', searchTime(ARGV[4], recordFrom(ARGV[4], 0) or ended, ended, atMs)}
`,
);
