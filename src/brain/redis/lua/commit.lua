#!lua
-- One decision, all or nothing. Everything is looked at first; from the first write on nothing
-- can fail, because a script that fails half-way keeps its earlier writes.
--
-- Only the shard's own name is declared: every other key is made of it, and therefore lies in the
-- same slot.
local shard, channel = KEYS[1], ARGV[1]
local command, ttl = ARGV[2], ARGV[3]
local serial, expected, replaces, is_current = ARGV[4], ARGV[5], ARGV[6], ARGV[7]
local group, version, head, is_live, forgets = ARGV[8], ARGV[9], ARGV[10], ARGV[11], ARGV[12]
local now, lease, holder = ARGV[13], ARGV[14], ARGV[15]
local settled, settled_row, settled_token = ARGV[16], ARGV[17], ARGV[18]

local first = redis.call('GET', shard .. ':k:' .. command)
if first then return first end

local case = shard .. ':c:' .. serial
local rows = shard .. ':r:' .. serial
local agenda = shard .. ':a'
local settled_rows = shard .. ':r:' .. settled

if settled_row ~= '' then
  local held = redis.call('HGET', settled_rows, settled_row .. '#')
  -- Nobody holds a row whose token is 0.
  if not held or settled_token == '0' then return 'lost' end
  if string.match(held, '^(-?%d+) ') ~= settled_token then return 'lost' end
end
local current = redis.call('HGET', case, 'v')
if expected == '0' then
  if current then return 'conflict' end
  if (redis.call('HGET', shard .. ':g', group) or '') ~= replaces then return 'conflict' end
elseif current ~= expected then
  return 'conflict'
elseif is_current == '1' and redis.call('HGET', shard .. ':g', group) ~= serial then
  return 'replaced'
end

-- Lua cannot hand over more than some thousand arguments at once.
local function in_parts(name, key, from, count)
  for at = from, from + count - 1, 1000 do
    redis.call(name, key, unpack(ARGV, at, math.min(at + 999, from + count - 1)))
  end
end

local function set_row(id, item, due, score, attempt, token)
  redis.call('ZADD', agenda, score, serial .. '/' .. id)
  redis.call('HSET', rows, id, item, id .. '#', token .. ' ' .. attempt .. ' ' .. due .. ' ' .. holder)
end

-- Makes a row due no later than this; false if there is none. One that somebody holds is taken from
-- its holder, who may have decided before this commit: it rings again, and not later than it was due.
local function brings_forward(id, latest)
  local state = redis.call('HGET', rows, id .. '#')
  if not state then return false end
  local token, attempt, due = string.match(state, '^(-?%d+) (%d+) (-?%d+)')
  local member = serial .. '/' .. id
  if tonumber(token) > 0 then
    if tonumber(due) < tonumber(latest) then latest = due end
    redis.call('ZADD', agenda, latest, member)
    redis.call('HSET', rows, id .. '#', '0 0 ' .. latest .. ' ' .. holder)
    return true
  end
  if tonumber(redis.call('ZSCORE', agenda, member) or 'inf') > tonumber(latest) then
    if tonumber(due) > tonumber(latest) then due = latest end
    redis.call('ZADD', agenda, latest, member)
    redis.call('HSET', rows, id .. '#', token .. ' ' .. attempt .. ' ' .. due .. ' ' .. holder)
  end
  return true
end

if settled_row ~= '' then
  redis.call('ZREM', agenda, settled .. '/' .. settled_row)
  redis.call('HDEL', settled_rows, settled_row, settled_row .. '#')
end

local answer = 'ok'
local wakes = ''
if forgets == '1' then
  for _, id in ipairs(redis.call('HKEYS', rows)) do redis.call('ZREM', agenda, serial .. '/' .. id) end
  redis.call('UNLINK', case, rows, shard .. ':m:' .. serial, shard .. ':e:' .. serial)
  redis.call('ZREM', shard .. ':live', serial)
  if redis.call('HGET', shard .. ':g', group) == serial then redis.call('HDEL', shard .. ':g', group) end
else
  redis.call('HSET', case, 'v', version, 'h', head)
  if expected == '0' then redis.call('HSET', shard .. ':g', group, serial) end
  if is_live == '1' then
    redis.call('ZADD', shard .. ':live', 0, serial)
  else
    redis.call('ZREM', shard .. ':live', serial)
  end
  local at = 19
  local members = tonumber(ARGV[at])
  in_parts('HSET', shard .. ':m:' .. serial, at + 1, members * 2)
  at = at + 1 + members * 2
  local events = tonumber(ARGV[at])
  in_parts('RPUSH', shard .. ':e:' .. serial, at + 1, events)
  at = at + 1 + events
  local effects = tonumber(ARGV[at])
  for n = 1, effects do
    local id, item, claims = ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
    if claims == '1' then
      local token = redis.call('HINCRBY', shard, 'token', 1)
      set_row(id, item, now, lease, 1, token)
      answer = answer .. ' ' .. token
    else
      set_row(id, item, now, now, 0, 0)
      answer = answer .. ' 0'
      wakes = ' a'
    end
    at = at + 3
  end
  at = at + 1
  local timers = tonumber(ARGV[at])
  for n = 1, timers do
    local id, item, due, mode = ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], ARGV[at + 4]
    if mode == 'cancel' then
      redis.call('ZREM', agenda, serial .. '/' .. id)
      redis.call('HDEL', rows, id, id .. '#')
    else
      if mode == 'at' or not brings_forward(id, due) then set_row(id, item, due, due, 0, 0) end
      wakes = ' a'
    end
    at = at + 4
  end
end
redis.call('HINCRBY', shard, 'sequence', 1)
redis.call('SET', shard .. ':k:' .. command, answer, 'PX', ttl)
redis.call('PUBLISH', channel, 'c ' .. string.match(shard, ':(%d+)}$') .. '.' .. serial .. ' ' .. version .. wakes)
return answer
