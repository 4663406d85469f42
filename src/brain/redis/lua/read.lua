#!lua flags=no-writes
-- Entries of a log from a place on: so many, or those that have so many bytes together, but one if
-- there is one.
local entries, first = KEYS[1], tonumber(ARGV[1])
local last, most = first + tonumber(ARGV[2]) - 1, tonumber(ARGV[3])
local found, bytes = {}, 0
for at = first, last, 16 do
  local rows = redis.call('LRANGE', entries, at, math.min(at + 15, last))
  for _, row in ipairs(rows) do
    bytes = bytes + #row
    if bytes > most and #found > 0 then return found end
    found[#found + 1] = row
  end
  if #rows < 16 then return found end
end
return found
