#!lua
-- Writes or deletes a document that has the expected version.
local documents, remembered, channel = KEYS[1], KEYS[2], ARGV[1]
local ttl, id, expected, kind, deletes, body = ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7]
local first = redis.call('GET', remembered)
if first then return first end
local now = redis.call('HGET', documents, id)
local version = now and string.match(now, '^(%d+) ') or '0'
if version ~= expected then return 'conflict' end
local new = string.format('%.0f', version + 1)
if deletes == '1' then
  redis.call('HDEL', documents, id)
else
  redis.call('HSET', documents, id, new .. ' ' .. body)
end
redis.call('SET', remembered, new, 'PX', ttl)
redis.call('PUBLISH', channel, 'd ' .. kind)
return new
