#!lua
-- Brings the earlier entry of a single key back when the commit that replaced it was refused.
local key, mine, earlier = KEYS[1], ARGV[1], ARGV[2]
if redis.call('GET', key) ~= mine then return 0 end
if earlier == '' then redis.call('UNLINK', key) else redis.call('SET', key, earlier) end
return 1
