import { Script } from '../script.ts';
import { fifoPrelude } from './prelude.ts';

export const fifoCount = new Script(
  fifoPrelude,
  `
-- KEYS and ARGV as above.
-- Answers 'ok', visible, in flight, delayed, active groups, '1' when an outbox holds something.
local late = call('ZCOUNT', delayed, '(' .. nowText, '+inf')
local away = call('ZCOUNT', visible, '(' .. nowText, '+inf')
local groups = call('ZCARD', heads) + call('ZCARD', hidden)
return {'ok', call('ZCARD', visible) - away, away - late, late, groups, call('EXISTS', outs)}
`,
);

export const fifoPeek = new Script(
  fifoPrelude,
  `
-- KEYS as above. ARGV   4 how many waiting messages were shown before  5 how many to show
-- Guarantees: changes nothing of the messages. The oldest come first.
-- Answers 'ok' and for each: state or '', '-', what was sent.
local skip, count, offset, members = tonumber(ARGV[4]), tonumber(ARGV[5]), 0, nil
local answer = {'ok'}
repeat
  members = call('ZRANGE', age, offset, offset + 99)
  for _, member in ipairs(members) do
    if tonumber(call('ZSCORE', visible, member)) <= now then
      if skip > 0 then
        skip = skip - 1
      elseif count > 0 then
        count = count - 1
        local id = string.sub(member, 1, 15)
        answer[#answer + 1] = call('HGET', states, id) or ''
        answer[#answer + 1] = '-'
        answer[#answer + 1] = call('HGET', messages, id)
      end
    end
  end
  offset = offset + 100
until #members < 100 or count == 0
return answer
`,
);

export const fifoPurge = new Script(
  fifoPrelude,
  `
-- KEYS and ARGV as above.
-- Guarantees: every message is gone; deduplication ids, ordinals and outboxes stay.
-- Answers 'ok' and how many there were.
local count = call('HLEN', messages)
call('UNLINK', messages, states, visible, age, delayed, order, heads, hidden)
call('HDEL', meta, 'full')
return {'ok', count}
`,
);
