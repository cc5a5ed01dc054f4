import { Script } from '../script.ts';
import { standardPrelude } from './prelude.ts';

export const standardCount = new Script(
  standardPrelude,
  `
-- KEYS and ARGV as above.
-- Answers 'ok', visible, in flight, delayed, active groups, '1' when an outbox holds something.
local late, hidden = call('ZCOUNT', delayed, '(' .. nowText, '+inf'), call('ZCARD', away)
return {'ok', call('LLEN', fresh) + call('ZCARD', back), hidden - late, late, 0, call('EXISTS', outs)}
`,
);

export const standardPeek = new Script(
  standardPrelude,
  `
-- KEYS as above. ARGV   4 how many waiting messages were shown before  5 how many to show
-- Guarantees: changes nothing of the messages. Those that are back come first, then the fresh ones.
-- Answers 'ok' and for each: state or '', the time from which retention counts, what was sent.
local from, count = tonumber(ARGV[4]), tonumber(ARGV[5])
local answer = {'ok'}
local ids = call('ZRANGE', back, from, from + count - 1)
for _, id in ipairs(ids) do
  answer[#answer + 1] = call('HGET', states, id) or ''
  answer[#answer + 1] = call('ZSCORE', age, id)
  answer[#answer + 1] = call('HGET', messages, id)
end
if #ids < count then
  local start = math.max(0, from - call('ZCARD', back))
  for _, entry in ipairs(call('LRANGE', fresh, start, start + count - #ids - 1)) do
    answer[#answer + 1] = ''
    answer[#answer + 1] = string.sub(entry, 17)
    answer[#answer + 1] = call('HGET', messages, string.sub(entry, 1, 15))
  end
end
return answer
`,
);

export const standardPurge = new Script(
  standardPrelude,
  `
-- KEYS and ARGV as above.
-- Guarantees: every message is gone; ordinals and outboxes stay.
-- Answers 'ok' and how many there were.
local count = call('HLEN', messages)
call('UNLINK', messages, states, away, age, delayed, fresh, back)
call('HDEL', meta, 'full')
return {'ok', count}
`,
);
