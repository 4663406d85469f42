#!lua flags=allow-oom
-- Gives a row back. A token that was given back is kept as its negative, so that the same call sent
-- again is answered in the same way, and nothing else accepts it.
local shard, serial, id, token, due, channel = KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local rows = shard .. ':r:' .. serial
local state = redis.call('HGET', rows, id .. '#')
if not state or token == '0' then return 0 end
local held, rest = string.match(state, '^(-?%d+)( .*)$')
if held ~= token and held ~= '-' .. token then return 0 end
redis.call('HSET', rows, id .. '#', '-' .. token .. rest)
redis.call('ZADD', shard .. ':a', 'XX', due, serial .. '/' .. id)
redis.call('PUBLISH', channel, 'a')
return 1
