/** The scripts of a consumer group. Who has which partition is worked out from the members by the model. */
import { Script } from '../scripts/script.ts';
import { prelude } from './prelude.ts';

const groupPrelude = `
-- ARGV   4 group
-- Guarantees: the group is brought up to the time and to the partitions before anything else is looked at. Each member
-- whose session has ended leaves with a generation of its own; partitions that were added begin one more.
local group = ARGV[4]
local head, members, commits = base .. ':gh:' .. group, base .. ':gm:' .. group, base .. ':gc:' .. group
local spread = call('HMGET', head, 'gen', 'parts')
local generation = tonumber(spread[1] or 0)
local ended = call('ZREMRANGEBYSCORE', members, '-inf', nowText)
generation = generation + ended
local grown = spread[2] and tonumber(spread[2]) ~= parts
if grown then generation = generation + 1 end
local function keep() call('HSET', head, 'gen', int(generation), 'parts', int(parts)) end
if ended > 0 or grown then
  keep()
  call('HSET', meta, 'now', nowText)
end
`;

function groupScript(text: string): Script {
  return new Script(prelude, groupPrelude, text);
}

/** Joins a group, or is heard of again. */
export const joinScript = groupScript(`
-- ARGV   5 member  6 session in ms  7 the generation that this member knows, or ''
-- Answers 'ok', generation, number of partitions, then all members in any order; these only where the generation is news.
if not call('ZSCORE', members, ARGV[5]) then
  generation = generation + 1
  call('SADD', base .. ':gs', group)
  keep()
end
call('ZADD', members, int(now + tonumber(ARGV[6])), ARGV[5])
call('HSET', meta, 'now', nowText)
local answer = {'ok', int(generation), parts}
if answer[2] == ARGV[7] then return answer end
for _, member in ipairs(call('ZRANGE', members, 0, -1)) do answer[#answer + 1] = member end
return answer
`);

/** A member leaves. */
export const leaveScript = groupScript(`
-- ARGV   5 member
-- Answers 'ok'.
if call('ZREM', members, ARGV[5]) == 1 then
  generation = generation + 1
  keep()
end
return {'ok'}
`);

/** Commits offsets. */
export const commitScript = groupScript(`
-- ARGV   5 '1': for a member, '0': from outside  6 member  7 its generation; then partition and offset of each
-- Guarantees: all offsets are committed, or none. None for a member that has left, nor for another generation than the
-- current one, nor from outside while there is a member.
-- Answers 'ok', or 'refused'.
local mayCommit
if ARGV[5] == '1' then
  mayCommit = call('ZSCORE', members, ARGV[6]) and tonumber(ARGV[7]) == generation
else
  mayCommit = call('ZCARD', members) == 0
end
if not mayCommit then return {'refused'} end
call('SADD', base .. ':gs', group)
keep()
for i = 8, #ARGV, 2 do call('HSET', commits, ARGV[i], ARGV[i + 1]) end
return {'ok'}
`);

/** What a group has committed. */
export const committedScript = new Script(
  prelude,
  `
-- ARGV   4 group
-- Answers 'ok', then partition and offset of each.
local answer = call('HGETALL', base .. ':gc:' .. ARGV[4])
table.insert(answer, 1, 'ok')
return answer
`,
);

/** How far a group is behind. */
export const lagScript = new Script(
  prelude,
  `
-- ARGV   4 group
-- Answers 'ok', then the sum over all partitions and the largest of them; without a commit, all that is held counts.
local commits = base .. ':gc:' .. ARGV[4]
local sum, max = 0, 0
for p = 0, parts - 1 do
  local first, finish = firstOf(p)
  local from = math.max(tonumber(call('HGET', commits, p) or first), first)
  local lag = math.max(0, finish - from)
  sum = sum + lag
  max = math.max(max, lag)
end
return {'ok', int(sum), int(max)}
`,
);
