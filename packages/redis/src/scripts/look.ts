import { prelude } from './prelude.ts';
import { script } from './script.ts';

export const countScript = script(
  'count',
  prelude,
  `
-- KEYS and ARGV as above.
-- Answers 'ok', visible, in flight, delayed, active groups, '1' when an outbox holds something.
local late = call('ZCOUNT', delayed, '(' .. nowText, '+inf')
local away = call('ZCOUNT', visible, '(' .. nowText, '+inf')
local groups = call('ZCARD', heads) + call('ZCARD', hidden)
return {'ok', call('ZCARD', visible) - away, away - late, late, groups, call('EXISTS', outs)}
`,
);

export const peekScript = script(
  'peek',
  prelude,
  `
-- KEYS as above. ARGV   5 the first entry of KEYS[5] to look at  6 how many entries to look at
-- Guarantees: changes nothing of the messages.
-- Answers 'ok', how many entries were looked at, then for each that is waiting: id, state or '', what was sent.
local members = call('ZRANGE', age, ARGV[5], tonumber(ARGV[5]) + tonumber(ARGV[6]) - 1)
local answer = {'ok', #members}
for _, member in ipairs(members) do
  if tonumber(call('ZSCORE', visible, member)) <= now then
    local id = string.sub(member, 1, 15)
    answer[#answer + 1] = id
    answer[#answer + 1] = call('HGET', states, id) or ''
    answer[#answer + 1] = call('HGET', messages, id)
  end
end
return answer
`,
);

export const purgeScript = script(
  'purge',
  prelude,
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
