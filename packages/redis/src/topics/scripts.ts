/** The scripts of a topic's records. */
import { Script } from '../scripts/script.ts';
import { prelude } from './prelude.ts';

/** Makes a topic unless there is one. */
export const createTopicScript = new Script(`
-- KEYS   1 meta
-- ARGV   1 definition  2 generation  3 partitions
-- Guarantees: of two that make a topic of one name at once, one does, and both learn which.
-- Answers '1' when made, definition, generation.
local there = redis.call('HMGET', KEYS[1], 'def', 'gen')
if there[1] then return {'0', there[1], there[2]} end
redis.call('HSET', KEYS[1], 'def', ARGV[1], 'gen', ARGV[2], 'parts', ARGV[3], 'rr', '0')
return {'1', ARGV[1], ARGV[2]}
`);

function topicScript(text: string): Script {
  return new Script(prelude, text);
}

/** Appends records. */
export const produceScript = topicScript(`
-- ARGV   4 the partition that must exist before anything is appended, or ''; then for each record:
--          where to ('r': the next in turn, 'kHASH': by the hash of its key, 'pN': this partition), its own timestamp or '',
--          head, value (codec.ts)
-- Guarantees: all of these records are appended, or none. Offsets of a partition have no gaps. Reads that wait are woken.
-- Answers 'ok', then partition and offset of each; or 'range', partition, number of partitions.
if ARGV[4] ~= '' then
  local must = tonumber(ARGV[4])
  if must < 0 or must >= parts or must ~= math.floor(must) then return {'range', ARGV[4], int(parts)} end
end
local turn = tonumber(known[4])
local touched, answer, due = {}, {'ok'}, {}
local function keepMax(p, at)
  if at.dirty then call('HSET', maxes, p .. ':' .. int(at.block), at.max) end
end
for i = 5, #ARGV, 4 do
  local kind, p = string.sub(ARGV[i], 1, 1), tonumber(string.sub(ARGV[i], 2))
  if kind == 'r' then
    p = turn % parts
    turn = turn + 1
  elseif kind == 'k' then p = p % parts end
  local at = touched[p]
  if not at then
    at = {finish = tonumber(call('HGET', ends, p) or 0), block = -1}
    touched[p] = at
  end
  local block = math.floor(at.finish / BLOCK)
  if block ~= at.block then
    keepMax(p, at)
    at.block, at.dirty = block, false
    at.max = call('HGET', maxes, p .. ':' .. int(block)) or false
    if at.finish == block * BLOCK then due[p] = true end
  end
  local stamp = ARGV[i + 1]
  if stamp == '' then stamp = nowText end
  if not at.max or tonumber(stamp) > tonumber(at.max) then at.max, at.dirty = stamp, true end
  call('XADD', base .. ':p' .. p, int(at.finish + 1) .. '-' .. nowText, ARGV[i + 2], ARGV[i + 3])
  answer[#answer + 1] = p
  answer[#answer + 1] = int(at.finish)
  at.finish = at.finish + 1
end
for p, at in pairs(touched) do
  keepMax(p, at)
  call('HSET', ends, p, int(at.finish))
  call('PUBLISH', meta, p + 1)
end
call('HSET', meta, 'now', nowText, 'rr', int(turn))
for p in pairs(due) do firstOf(p) end
return answer
`);

/** What a read has to know besides the records, which it takes with XRANGE. */
export const lookScript = topicScript(`
-- Answers 'ok', the time, the number of partitions.
return {'ok', nowText, parts}
`);

/** Earliest and latest offsets. */
export const offsetsScript = topicScript(`
-- ARGV   4 a partition, or '' for all
-- Answers 'ok', then earliest and latest offset of each; or 'range', partition, number of partitions.
local from, to = 0, parts - 1
if ARGV[4] ~= '' then
  from = tonumber(ARGV[4])
  to = from
  if from < 0 or from >= parts or from ~= math.floor(from) then return {'range', ARGV[4], int(parts)} end
end
local answer = {'ok'}
for p = from, to do
  local first, finish = firstOf(p)
  answer[#answer + 1] = int(first)
  answer[#answer + 1] = int(finish)
end
return answer
`);

/** The first offset whose timestamp is at or after a time. */
export const seekScript = topicScript(`
-- ARGV   4 partition  5 time in ms
-- Answers 'ok', the offset; the end where there is no such record. Or 'range', partition, number of partitions.
local p, atMs = tonumber(ARGV[4]), tonumber(ARGV[5])
if p < 0 or p >= parts or p ~= math.floor(p) then return {'range', ARGV[4], int(parts)} end
local first, finish = firstOf(p)
local function within(block)
  local from = math.max(first, block * BLOCK)
  local entries = call('XRANGE', base .. ':p' .. p, int(from + 1), int((block + 1) * BLOCK))
  for _, entry in ipairs(entries) do
    local offset, arrival = placeOf(entry[1])
    local own = tonumber(string.match(entry[2][1], '^%a([^\\n]*)')) or arrival
    if own >= atMs then return offset end
  end
end
local last = math.floor((finish - 1) / BLOCK)
for from = math.floor(first / BLOCK), last, 256 do
  local to = math.min(from + 255, last)
  local fields = {}
  for block = from, to do fields[#fields + 1] = p .. ':' .. int(block) end
  for i, max in ipairs(call('HMGET', maxes, unpack(fields))) do
    if max and tonumber(max) >= atMs then
      local found = within(from + i - 1)
      if found then return {'ok', int(found)} end
    end
  end
end
return {'ok', int(finish)}
`);

/** Adds partitions. */
export const growScript = topicScript(`
-- ARGV   4 how many  5 a name for this one call, by which its repetition is known
-- Guarantees: partitions are added once, however often the call is repeated.
-- Answers 'ok'.
if call('HSETNX', meta, 'grown:' .. ARGV[5], nowText) == 1 then
  call('HSET', meta, 'parts', int(parts + tonumber(ARGV[4])))
end
return {'ok'}
`);

/** Removes a topic and everything in it. */
export const removeTopicScript = topicScript(`
-- Guarantees: nothing of the topic is left, or nothing was changed. Reads that wait are woken.
-- Answers 'ok'.
for p = 0, parts - 1 do call('UNLINK', base .. ':p' .. p) end
for _, group in ipairs(call('SMEMBERS', base .. ':gs')) do
  call('UNLINK', base .. ':gh:' .. group, base .. ':gm:' .. group, base .. ':gc:' .. group)
end
call('UNLINK', meta, ends, maxes, base .. ':gs')
call('PUBLISH', meta, 0)
return {'ok'}
`);
