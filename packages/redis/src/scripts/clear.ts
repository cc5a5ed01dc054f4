import { Script } from './script.ts';

/** Clears entries out of an outbox that are with their target now. */
export const clearScript = new Script(`
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
`);
