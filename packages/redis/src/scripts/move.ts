import { prelude } from './prelude.ts';
import { script } from './script.ts';

/** Takes waiting messages out of a dead-letter queue, to be moved elsewhere. */
export const takeScript = script(
  'take',
  prelude,
  `
-- KEYS as above. ARGV   5 how many at most  6 the queue they go to, or '': each to where it came from
--        7 ... queues that can take them
-- Guarantees: each message goes out of this queue and into the outbox of its target in one go, oldest first. Stops
-- before the first one whose target is not among those named.
-- Answers 'ok', how many were taken, and the target at which it stopped, or ''.
local can, taken, stopped = {}, 0, ''
for i = 7, #ARGV do can[ARGV[i]] = true end
while taken < tonumber(ARGV[5]) and stopped == '' do
  local member
  if fifo then member = call('ZRANGE', heads, 0, 0)[1]
  else member = call('ZRANGEBYSCORE', visible, '-inf', nowText, 'LIMIT', 0, 1)[1] end
  if not member then break end
  local id = string.sub(member, 1, 15)
  local sent = call('HGET', messages, id)
  local target = ARGV[6]
  if target == '' then
    local arn = string.match(sent, '^%d+ %d+ %d+ %S+ ([^\\n]*)\\n')
    target = arn and string.match(arn, '([^:]*)$') or '-'
  end
  if not can[target] then
    stopped = target
  else
    call('RPUSH', outs .. ':' .. target, int(call('HINCRBY', meta, 'seq', 1)) .. ' m 0 -\\n' .. sent)
    call('SADD', outs, target)
    drop({member})
    taken = taken + 1
  end
end
if taken > 0 then call('HSET', meta, 'now', nowText) end
return {'ok', taken, stopped}
`,
);

/** Clears entries out of an outbox that are with their target now. */
export const clearScript = script(
  'clear',
  `
-- KEYS   1 the set of queues for which an outbox holds messages  2 the outbox
-- ARGV   1 the queue that the outbox is for  2 the number of the last entry that has arrived there
-- Guarantees: entries with a later number stay.
while true do
  local first = redis.call('LRANGE', KEYS[2], 0, 0)[1]
  if not first then
    redis.call('SREM', KEYS[1], ARGV[1])
    return 0
  end
  if tonumber(string.match(first, '^%d+')) > tonumber(ARGV[2]) then return 1 end
  redis.call('LPOP', KEYS[2])
end
`,
);
