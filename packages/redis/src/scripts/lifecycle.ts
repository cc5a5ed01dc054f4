import { Script } from './script.ts';

/** Makes a queue unless there is one. */
export const createScript = new Script(`
-- KEYS   1 meta
-- ARGV   1 definition  2 revision
-- Guarantees: of two that make a queue of one name at once, one does, and both learn which.
-- Answers '1' when made, definition, revision.
local there = redis.call('HMGET', KEYS[1], 'def', 'rev')
if there[1] then return {'0', there[1], there[2]} end
redis.call('HSET', KEYS[1], 'def', ARGV[1], 'rev', ARGV[2], 'ord', '0', 'seq', '0')
return {'1', ARGV[1], ARGV[2]}
`);

/** Changes a definition that nobody else has changed meanwhile. */
export const changeScript = new Script(`
-- KEYS   1 meta
-- ARGV   1 the revision that the caller changed  2 the new definition  3 its revision
-- Answers 1 when it was changed, 0 when the revision is not that of the queue any more.
if redis.call('HGET', KEYS[1], 'rev') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'def', ARGV[2], 'rev', ARGV[3])
redis.call('PUBLISH', KEYS[1], 0)
return 1
`);

/** Removes a queue and everything in it. */
export const removeScript = new Script(`
-- KEYS   all keys of the queue, in the order of the other scripts
-- ARGV   1 the revision that the caller knows  2 '1': what waits in its outboxes goes too
-- Guarantees: nothing of the queue is left, or nothing was changed.
-- Answers 'removed', 'stale', or 'outbox' when an outbox still holds messages that belong to other queues.
if redis.call('HGET', KEYS[1], 'rev') ~= ARGV[1] then return 'stale' end
local waiting = redis.call('SMEMBERS', KEYS[12])
if #waiting > 0 and ARGV[2] ~= '1' then return 'outbox' end
for _, target in ipairs(waiting) do redis.call('UNLINK', KEYS[12] .. ':' .. target) end
redis.call('UNLINK', unpack(KEYS))
redis.call('PUBLISH', KEYS[1], 0)
return 'removed'
`);
