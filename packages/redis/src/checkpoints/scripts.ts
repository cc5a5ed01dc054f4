/**
 * What happens to the progress of a scope in one step on Redis. Its keys:
 *
 * - `progress`, a hash: `factor`; `ended`; for each ledger `c:LEDGER` its checkpoint and `s:LEDGER` where it begins;
 * - `ahead`, a sorted set without scores: what was finished ahead of the checkpoints, one member for each save and ledger,
 *   in the order of the positions it reaches (positions.ts), so that what a checkpoint passes is one range;
 * - `in-progress`, a hash: what a lane has in progress.
 */

/** Refuses an owner whose epoch is not the current one; an empty epoch is not compared. */
const FENCE_LUA = `
if ARGV[1] ~= '' and redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
`;

/**
 * KEYS 1 current epoch of the owner's name · 2 progress · 3 ahead · 4 in-progress
 * ARGV 1 the owner's epoch or '' · 2 factor · 3 how many ledgers · of each ledger: name, checkpoint or '', member of ahead
 *      or '', the first and the last member that the checkpoint passes, the last that it may have · then of each lane:
 *      name, its save or ''
 *
 * Applies a save. Answers 1; or 0, with nothing changed, when the epoch is not the current one.
 */
export const SAVE_LUA = `${FENCE_LUA}
local function isBefore(one, other)
  if #one ~= #other then return #one < #other end
  return one < other
end
local at = 4
for i = 1, tonumber(ARGV[3]) do
  local before = ARGV[at + 1] ~= '' and redis.call('HGET', KEYS[2], 'c:' .. ARGV[at])
  if before and isBefore(ARGV[at + 1], before) then
    redis.call('ZREMRANGEBYLEX', KEYS[3], ARGV[at + 3], ARGV[at + 5])
  end
  if ARGV[at + 2] ~= '' then redis.call('ZADD', KEYS[3], 0, ARGV[at + 2]) end
  if ARGV[at + 1] ~= '' then
    redis.call('HSET', KEYS[2], 'c:' .. ARGV[at], ARGV[at + 1])
    redis.call('ZREMRANGEBYLEX', KEYS[3], ARGV[at + 3], ARGV[at + 4])
  end
  at = at + 6
end
if redis.call('HGET', KEYS[2], 'factor') ~= ARGV[2] then
  redis.call('HSET', KEYS[2], 'factor', ARGV[2])
  redis.call('DEL', KEYS[4])
end
for i = at, #ARGV, 2 do
  if ARGV[i + 1] == '' then redis.call('HDEL', KEYS[4], ARGV[i])
  else redis.call('HSET', KEYS[4], ARGV[i], ARGV[i + 1]) end
end
return 1
`;

/**
 * KEYS 1 current epoch of the owner's name · 2 progress
 * ARGV 1 the owner's epoch or '' · 2 … fields and values
 *
 * Sets the fields that are not there yet. Answers 1; or 0, with nothing changed, when the epoch is not the current one.
 */
export const BEGIN_LUA = `${FENCE_LUA}
for i = 2, #ARGV, 2 do redis.call('HSETNX', KEYS[2], ARGV[i], ARGV[i + 1]) end
return 1
`;

/**
 * KEYS 1 progress · 2 ahead · 3 in-progress
 *
 * Removes all three when the scope has ended. Answers 1 when there is nothing of it now.
 */
export const DROP_LUA = `
if redis.call('HEXISTS', KEYS[1], 'ended') == 1 then redis.call('DEL', KEYS[1], KEYS[2], KEYS[3]) end
return 1 - redis.call('EXISTS', KEYS[1])
`;

/**
 * KEYS 1 progress · 2 ahead · 3 in-progress
 *
 * Answers all three, as they stand at one moment.
 */
export const LOAD_LUA = `
return {redis.call('HGETALL', KEYS[1]), redis.call('ZRANGE', KEYS[2], 0, -1), redis.call('HGETALL', KEYS[3])}
`;
