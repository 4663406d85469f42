#!lua
-- Appends an entry to a log, unless its id is there already; gives the id's number. The id is the
-- idempotency key, so an answer that was lost is asked for by sending the same again.
local entries, ids, channel = KEYS[1], KEYS[2], ARGV[1]
local log, id, row = ARGV[2], ARGV[3], ARGV[4]
local known = redis.call('HGET', ids, id)
if known then return known end
local number = string.format('%.0f', redis.call('RPUSH', entries, row))
redis.call('HSET', ids, id, number)
redis.call('PUBLISH', channel, 'l ' .. number .. ' ' .. log)
return number
