/** What every script of a queue begins with. */
import { CLOCK_LUA } from './clock.ts';

export const prelude = `${CLOCK_LUA}
-- All scripts of a queue begin so.
-- KEYS   1 meta: a hash (def, rev: the definition and its revision; now: the latest time of a change; ord: ordinal of the
--          next message; seq: number of the next outbox entry; full: set when a receive met the in-flight limit)
--        2 messages: hash, id -> what was sent, never rewritten. An id is the ordinal in 15 digits
--        3 states: hash, id -> "receives receivedAt firstReceivedAt rest", from the first receive on
--        4 to 11: by the type of the queue, see there
--       12 outs: set of queues for which an outbox holds messages; the outbox itself is the list KEYS[12]:queue
--       13 arrivals: hash, outbox -> the last entry that was taken from it
-- ARGV   1 the revision that the caller knows  2 time in ms, or '' for the time of Redis  3 retention in ms
-- Guarantees: answers {'stale'} and changes nothing when the caller's revision is not that of the queue (changed, made
-- anew, or gone). Time never goes back. The queue is brought up to the time before anything else is looked at: what
-- retention ends is gone, what was hidden is back; {'more'} when there was too much of it for one call: call again.
local call = redis.call
local meta, messages, states, outs, arrivals = KEYS[1], KEYS[2], KEYS[3], KEYS[12], KEYS[13]
local known = call('HMGET', meta, 'rev', 'now', 'ord', 'full', 'aged')
if known[1] ~= ARGV[1] then return {'stale'} end
local now = timeFrom(ARGV[2], known[2])
local nowText = int(now)
local retention = tonumber(ARGV[3])

-- Tells the processes in which a receive waits, in how many milliseconds there will be something.
local function wake(inMs) call('PUBLISH', meta, inMs) end

-- Puts a message on its way to another queue.
local function post(target, number, kind, fate, sent)
  call('RPUSH', outs .. ':' .. target, int(number) .. ' ' .. kind .. ' ' .. fate .. '\\n' .. sent)
end
`;
