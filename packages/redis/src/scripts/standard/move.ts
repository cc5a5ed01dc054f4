import { Script } from '../script.ts';
import { standardPrelude } from './prelude.ts';

/** Takes waiting messages out of a standard dead-letter queue, to be moved elsewhere. */
export const standardTake = new Script(
  standardPrelude,
  `
-- KEYS as above. ARGV   4 how many at most  5 the queue they go to, or '': each to where it came from
--        6 ... queues that can take them
-- Guarantees: each message goes out of this queue and into the outbox of its target in one go, in the order of receives.
-- Stops before the first one whose target is not among those named.
-- Answers 'ok', how many were taken, and the target at which it stopped, or ''.
local can, stopped = {}, ''
for i = 6, #ARGV do can[ARGV[i]] = true end
local ids, since, isBack = ahead(0, 0, tonumber(ARGV[4]))
local taken, freshTaken = {}, 0
for i, id in ipairs(ids) do
  local sent = call('HGET', messages, id)
  local target = ARGV[5]
  if target == '' then
    local arn = string.match(sent, '^%d+ %d+ %d+ %S+ ([^\\n]*)\\n')
    target = arn and string.match(arn, '([^:]*)$') or '-'
  end
  if not can[target] then
    stopped = target
    break
  end
  local from = isBack[i] and call('ZSCORE', age, id) or since[i]
  if not isBack[i] then freshTaken = freshTaken + 1 end
  post(target, call('HINCRBY', meta, 'seq', 1), 'm', '0 - ' .. from, sent)
  call('SADD', outs, target)
  taken[#taken + 1] = id
end
if #taken > 0 then
  call('LTRIM', fresh, freshTaken, -1)
  drop(taken)
  call('HSET', meta, 'now', nowText)
end
return {'ok', #taken, stopped}
`,
);
