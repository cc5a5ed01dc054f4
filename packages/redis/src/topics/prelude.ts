/** What every script of a topic begins with. */
import { CLOCK_LUA } from '../scripts/clock.ts';

/**
 * Timestamps are found by blocks of so many offsets, of which the latest timestamp is known; one block is looked through
 * in one go.
 */
const BLOCK_RECORDS = 128;
/** So many records, at most, one call takes away. */
const TRIMMED_AT_ONCE = 1000;

export const prelude = `${CLOCK_LUA}
-- All scripts of a topic begin so.
-- KEYS   1 meta: a hash (def, gen: the definition and the topic's generation; parts: number of partitions; rr: where the
--          next record without key goes; now: the latest time of a change; grown:*: calls that have added partitions)
--        2 base: no key itself; what all others begin with, in the same slot:
--          base:pN  records of partition N: stream, OFFSET+1-ARRIVAL -> head, value
--          base:e   ends: hash, partition -> the offset that its next record gets
--          base:x   maxes: hash, PARTITION:BLOCK -> the latest timestamp in a block of offsets
--          base:gs  set of groups; of each: base:gh:GROUP  hash (gen, parts: generation, and the partitions that it spread)
--          base:gm:GROUP  members: zset, member -> end of its session   base:gc:GROUP  hash, partition -> committed offset
-- ARGV   1 the generation that the caller knows  2 time in ms, or '' for the time of Redis  3 retention in ms
-- Guarantees: answers {'stale'} and changes nothing when there is no topic of that generation (made anew, or gone). Time
-- never goes back. Arrivals never go down within a partition. What retention ends is never answered.
local call = redis.call
local meta, base = KEYS[1], KEYS[2]
local ends, maxes = base .. ':e', base .. ':x'
local BLOCK = ${BLOCK_RECORDS}
local known = call('HMGET', meta, 'gen', 'parts', 'now', 'rr')
if known[1] ~= ARGV[1] then return {'stale'} end
local parts = tonumber(known[2])
local now = timeFrom(ARGV[2], known[3])
local nowText = int(now)
local retention = tonumber(ARGV[3])

local function placeOf(id)
  local offset, arrival = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(offset) - 1, tonumber(arrival)
end

-- Takes away what lies before an offset, as much of it as one call may.
local function trim(p, oldest, first)
  local to = math.min(first, oldest + ${TRIMMED_AT_ONCE})
  call('XTRIM', base .. ':p' .. p, 'MINID', int(to + 1))
  for block = math.floor(oldest / BLOCK), math.floor(to / BLOCK) - 1 do
    call('HDEL', maxes, p .. ':' .. int(block))
  end
end

-- The oldest offset that can be read, and the one that the next record gets.
local function firstOf(p)
  local key = base .. ':p' .. p
  local finish = tonumber(call('HGET', ends, p) or 0)
  local function at(offset)
    local entry = call('XRANGE', key, int(offset + 1), '+', 'COUNT', 1)[1]
    if entry then return placeOf(entry[1]) end
  end
  local oldest, arrival = at(0)
  if not oldest then return finish, finish end
  if arrival + retention > now then return oldest, finish end
  local low, high = oldest + 1, finish
  while low < high do
    local middle = math.floor((low + high) / 2)
    local _, arrived = at(middle)
    if arrived + retention <= now then low = middle + 1 else high = middle end
  end
  trim(p, oldest, low)
  return low, finish
end
`;
