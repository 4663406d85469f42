#!lua flags=allow-oom
-- Removes an index entry, if it is still the one that a decision saw: an entry that was put by a
-- later version of the case stays.
local key, kind, found, version = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3])
if kind == 'set' then
  local put = redis.call('HGET', key, found)
  if put and tonumber(put) <= version then redis.call('HDEL', key, found) end
else
  local entry = redis.call('GET', key)
  local case, put = string.match(entry or '', '^(%S+) (%d+)$')
  if case == found and tonumber(put) <= version then redis.call('UNLINK', key) end
end
return 1
