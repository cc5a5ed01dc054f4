import { Script } from '../script.ts';
import { standardPrelude } from './prelude.ts';

/** Puts messages into a standard queue: sent, dead-lettered from another queue, or moved here. */
export const standardSend = new Script(
  standardPrelude,
  `
-- KEYS as above. ARGV   4 the outbox that the messages come from, or '' when they were sent  5 for FIFO queues only
--        then for each message: its number in that outbox ('' when sent), delay in ms, origin, what was sent.
--        Origin is '' for a message that begins here; for a dead letter "sentAt age rest", where the age '-' means now.
-- Guarantees: in order; of one outbox each entry is taken once, however often it is brought.
-- Answers 'ok' and the time.
local source = ARGV[4]
local high = source ~= '' and tonumber(call('HGET', arrivals, source) or 0)
local nextOrdinal = tonumber(known[3])
local bodies, line, n, l = {}, {}, 0, 0
local soonest

local function putAside(id, i, delay)
  local at = int(now + delay)
  if ARGV[i + 2] == '' then
    call('ZREMRANGEBYSCORE', delayed, '-inf', nowText)
    call('ZADD', delayed, at, id)
    call('ZADD', away, at, id)
    noteAge(id, nowText, now + delay)
    return nowText .. ARGV[i + 3]
  end
  local sentAt, from, rest = string.match(ARGV[i + 2], '^(%d+) (%S+) (.*)$')
  if from == '-' then from = nowText end
  call('ZADD', back, nowText, id)
  call('ZADD', age, from, id)
  return sentAt .. ' ' .. from .. ' ' .. rest .. ARGV[i + 3]
end

for i = 6, #ARGV, 4 do
  if not high or tonumber(ARGV[i]) > high then
    local id = string.format('%015d', nextOrdinal)
    nextOrdinal = nextOrdinal + 1
    local delay = tonumber(ARGV[i + 1])
    bodies[n + 1] = id
    if delay == 0 and ARGV[i + 2] == '' then
      l = l + 1
      line[l] = id .. ' ' .. nowText
      bodies[n + 2] = ARGV[i + 3]
    else
      bodies[n + 2] = putAside(id, i, delay)
    end
    n = n + 2
    if not soonest or delay < soonest then soonest = delay end
    if high then call('HSET', arrivals, source, ARGV[i]) end
  end
end
if n > 0 then
  call('HSET', messages, unpack(bodies))
  if l > 0 then call('RPUSH', fresh, unpack(line)) end
  call('HSET', meta, 'ord', int(nextOrdinal), 'now', nowText)
  wake(int(soonest))
end
return {'ok', nowText}
`,
);
