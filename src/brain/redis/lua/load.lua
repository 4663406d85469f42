#!lua flags=no-writes
-- A case by its serial or by its group, with all or some of its members.
local shard, by, name, wants = KEYS[1], ARGV[1], ARGV[2], ARGV[3]
local serial = name
if by == 'group' then serial = redis.call('HGET', shard .. ':g', name) end
if not serial then return false end
local head = redis.call('HGET', shard .. ':c:' .. serial, 'h')
if not head then return false end
local found = { serial, head }
local members = shard .. ':m:' .. serial
if wants == 'all' then
  for _, text in ipairs(redis.call('HGETALL', members)) do found[#found + 1] = text end
else
  for at = 4, #ARGV do
    local row = redis.call('HGET', members, ARGV[at])
    if row then
      found[#found + 1] = ARGV[at]
      found[#found + 1] = row
    end
  end
end
return found
