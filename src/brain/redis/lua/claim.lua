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
local function take(member, row)
  for _, part in ipairs({ member, row.item, row.due, row.attempt, row.token }) do taken[#taken + 1] = part end
end

local first = redis.call('GET', remembered)
if first then
  for member, token in string.gmatch(first, '(%S+) (%d+)') do
    local row = look(member)
    if row and row.token == token then take(member, row) end
  end
  return taken
end

local found = {}
for _, member in ipairs(redis.call('ZRANGEBYSCORE', agenda, '-inf', now, 'LIMIT', 0, most)) do
  found[#found + 1] = { member, look(member) }
end
local notes = {}
for _, pair in ipairs(found) do
  local member, row = pair[1], pair[2]
  if row then
    row.token = string.format('%.0f', redis.call('HINCRBY', shard, 'token', 1))
    row.attempt = string.format('%.0f', row.attempt + 1)
    redis.call('ZADD', agenda, lease, member)
    redis.call('HSET', row.rows, row.id .. '#', row.token .. ' ' .. row.attempt .. ' ' .. row.due .. ' ' .. holder)
    notes[#notes + 1] = member .. ' ' .. row.token
    take(member, row)
  else
    redis.call('ZREM', agenda, member)
  end
end
if #notes > 0 then redis.call('SET', remembered, table.concat(notes, ' '), 'PX', ttl) end
return taken
