import { Script } from '../script.ts';
import { fifoPrelude } from './prelude.ts';

/** Takes waiting messages out of a FIFO dead-letter queue, to be moved elsewhere. */
export const fifoTake = new Script(
  fifoPrelude,
  `
-- KEYS as above. ARGV   4 how many at most  5 the queue they go to, or '': each to where it came from
--        6 ... queues that can take them
-- Guarantees: each message goes out of this queue and into the outbox of its target in one go, oldest first. Stops
-- before the first one whose target is not among those named.
-- Answers 'ok', how many were taken, and the target at which it stopped, or ''.
local can, taken, stopped = {}, 0, ''
for i = 6, #ARGV do can[ARGV[i]] = true end
while taken < tonumber(ARGV[4]) and stopped == '' do
  local member = call('ZRANGE', heads, 0, 0)[1]
  if not member then break end
  local id = string.sub(member, 1, 15)
  local sent = call('HGET', messages, id)
  local target = ARGV[5]
  if target == '' then
    local arn = string.match(sent, '^%d+ %d+ %d+ %S+ ([^\\n]*)\\n')
    target = arn and string.match(arn, '([^:]*)$') or '-'
  end
  if not can[target] then
    stopped = target
  else
    post(target, call('HINCRBY', meta, 'seq', 1), 'm', '0 - -', sent)
    call('SADD', outs, target)
    drop({member})
    taken = taken + 1
  end
end
if taken > 0 then call('HSET', meta, 'now', nowText) end
return {'ok', taken, stopped}
`,
);
