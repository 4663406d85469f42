#!lua
-- Takes what is due, up to a number, and moves it to the end of the lease. The rows that a command
-- id took are remembered for a while, so that a lost answer can be asked for again.
local shard, command, ttl = KEYS[1], ARGV[1], ARGV[2]
local now, lease, holder, most = ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local agenda, remembered = shard .. ':a', shard .. ':k:' .. command

local function look(member)
  local serial, id = string.match(member, '^(%x+)/(.+)$')
  local rows = shard .. ':r:' .. serial
  local item, state = unpack(redis.call('HMGET', rows, id, id .. '#'))
  if not item or not state then return nil end
  local token, attempt, due = string.match(state, '^(-?%d+) (%d+) (-?%d+)')
  return { rows = rows, id = id, item = item, token = token, attempt = attempt, due = due }
end

local taken = {}
local function take(member, score, row)
  for _, part in ipairs({ member, row.item, row.due, row.attempt, row.token, score }) do
    taken[#taken + 1] = part
  end
end

local first = redis.call('GET', remembered)
if first then
  for member, token, score in string.gmatch(first, '(%S+) (%d+) (%S+)') do
    local row = look(member)
    if row and row.token == token then take(member, score, row) end
  end
  return taken
end

local found = {}
local due = redis.call('ZRANGEBYSCORE', agenda, '-inf', now, 'WITHSCORES', 'LIMIT', 0, most)
for at = 1, #due, 2 do
  found[#found + 1] = { due[at], due[at + 1], look(due[at]) }
end
local notes = {}
for _, one in ipairs(found) do
  local member, score, row = one[1], one[2], one[3]
  if row then
    row.token = string.format('%.0f', redis.call('HINCRBY', shard, 'token', 1))
    row.attempt = string.format('%.0f', row.attempt + 1)
    redis.call('ZADD', agenda, lease, member)
    redis.call('HSET', row.rows, row.id .. '#', row.token .. ' ' .. row.attempt .. ' ' .. row.due .. ' ' .. holder)
    notes[#notes + 1] = member .. ' ' .. row.token .. ' ' .. score
    take(member, score, row)
  else
    redis.call('ZREM', agenda, member)
  end
end
if #notes > 0 then redis.call('SET', remembered, table.concat(notes, ' '), 'PX', ttl) end
return taken
