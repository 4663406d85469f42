#!lua
-- Writes who this store is, if nobody has, and says who it is.
local meta, may_begin = KEYS[1], ARGV[1]
if may_begin == '1' and redis.call('EXISTS', meta) == 0 then
  redis.call('HSET', meta, 'product', ARGV[2], 'schema', ARGV[3], 'id', ARGV[4], 'shards', ARGV[5])
end
return redis.call('HMGET', meta, 'product', 'schema', 'id', 'shards')
