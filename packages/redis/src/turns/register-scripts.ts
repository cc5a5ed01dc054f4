/** What happens to the in-flight register of a name in one step on Redis. An entry is `epoch deadline attemptId`. */
import { NOW_LUA } from '../scripts/clock.ts';
import { Script } from '../scripts/script.ts';

const ENTRY_LUA = `
local function read(entry)
  if not entry then return nil end
  local epoch, deadline, id = string.match(entry, '^(%d+) (%d+) (.*)$')
  return tonumber(epoch), tonumber(deadline), id
end
`;

/**
 * KEYS 1 current epoch of the name · 2 its lanes
 * ARGV 1 now or '' · 2 the owner's epoch · 3 attempt id · 4 milliseconds to its deadline · 5 … its lanes
 *
 * Enters the attempt in all of its lanes and answers {'begun'}. Enters nothing and answers {'deposed'} when the epoch is not
 * the current one, or {'busy', lane, epoch, milliseconds left, attempt id} when an attempt of another id, of another owner,
 * has a lane and its deadline has not passed.
 */
export const beginScript = new Script(`${NOW_LUA}${ENTRY_LUA}
if redis.call('GET', KEYS[1]) ~= ARGV[2] then return {'deposed'} end
local mine = tonumber(ARGV[2])
for i = 5, #ARGV do
  local epoch, deadline, id = read(redis.call('HGET', KEYS[2], ARGV[i]))
  if epoch and epoch ~= mine and id ~= ARGV[3] and deadline > now then
    return {'busy', ARGV[i], epoch, deadline - now, id}
  end
end
local entry = string.format('%d %d %s', mine, now + math.ceil(tonumber(ARGV[4])), ARGV[3])
for i = 5, #ARGV do redis.call('HSET', KEYS[2], ARGV[i], entry) end
redis.call('PEXPIRE', KEYS[2], 604800000)
return {'begun'}
`);

/**
 * KEYS 1 current epoch of the name · 2 its lanes
 * ARGV 1 the owner's epoch · 2 attempt id · 3 … its lanes
 *
 * Clears the lanes that hold this attempt. Answers 1, or 0 when the epoch is not the current one; then only entries of that
 * epoch itself are cleared.
 */
export const endScript = new Script(`${ENTRY_LUA}
local current = redis.call('GET', KEYS[1]) == ARGV[1]
local mine = tonumber(ARGV[1])
for i = 3, #ARGV do
  local epoch, _, id = read(redis.call('HGET', KEYS[2], ARGV[i]))
  if id == ARGV[2] and (current or epoch == mine) then redis.call('HDEL', KEYS[2], ARGV[i]) end
end
return current and 1 or 0
`);

/**
 * KEYS 1 current epoch of the name · 2 its lanes
 * ARGV 1 now or '' · 2 the owner's epoch
 *
 * Answers {lane, epoch, milliseconds left, attempt id, …} of every other owner's attempt whose deadline has not passed, and
 * removes those whose deadline has; or false when the epoch is not the current one.
 */
export const openScript = new Script(`${NOW_LUA}${ENTRY_LUA}
if redis.call('GET', KEYS[1]) ~= ARGV[2] then return false end
local mine = tonumber(ARGV[2])
local all = redis.call('HGETALL', KEYS[2])
local open = {}
for i = 1, #all, 2 do
  local epoch, deadline, id = read(all[i + 1])
  if deadline <= now then
    redis.call('HDEL', KEYS[2], all[i])
  elseif epoch ~= mine then
    for _, each in ipairs({all[i], epoch, deadline - now, id}) do table.insert(open, each) end
  end
end
return open
`);
