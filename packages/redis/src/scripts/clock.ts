/** The time in Lua, and whole numbers as text. */
export const CLOCK_LUA = `
-- The time of a text, or that of Redis where it is ''; never before the latest time that is known, if any.
local function timeFrom(text, latest)
  local now
  if text == '' then
    local time = redis.call('TIME')
    now = time[1] * 1000 + math.floor(time[2] / 1000)
  else
    now = tonumber(text)
  end
  if latest and tonumber(latest) > now then return tonumber(latest) end
  return now
end
local function int(n) return string.format('%.0f', n) end
`;

/** The first lines of a script whose first argument is the time, or '' for that of Redis. */
export const NOW_LUA = `${CLOCK_LUA}
local now = timeFrom(ARGV[1])
`;
