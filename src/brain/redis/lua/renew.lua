#!lua flags=allow-oom
-- Prolongs a lease that is still held. Allowed when memory is short: it only changes a number.
local shard, serial, id, token, lease = KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local state = redis.call('HGET', shard .. ':r:' .. serial, id .. '#')
if not state or token == '0' or string.match(state, '^(-?%d+) ') ~= token then return 0 end
redis.call('ZADD', shard .. ':a', 'XX', lease, serial .. '/' .. id)
return 1
