#!lua
-- GCRA over several limits: each key holds the theoretical arrival time of the next permit, in
-- microseconds. All limits are asked first; they are counted only if every one agrees.
local remembered, now, ttl = KEYS[1], tonumber(ARGV[1]), ARGV[2]
local first = redis.call('GET', remembered)
if first then return first end
local arrivals, order = {}, {}
local latest, refused_by = nil, nil
for at = 2, #KEYS do
  local key = KEYS[at]
  local burst, period = tonumber(ARGV[at * 2 - 1]), tonumber(ARGV[at * 2])
  local arrival = arrivals[key] or tonumber(redis.call('GET', key) or now)
  if not arrivals[key] then order[#order + 1] = key end
  local following = math.max(arrival, now) + math.ceil(period / burst)
  local since = following - period
  if since > now and (not latest or since > latest) then
    latest, refused_by = since, at - 2
  end
  arrivals[key] = following
end
if latest then return string.format('%.0f %.0f', refused_by, latest) end
for _, key in ipairs(order) do
  local arrival = arrivals[key]
  redis.call('SET', key, string.format('%.0f', arrival), 'PX', string.format('%.0f', math.ceil((arrival - now) / 1000) + 1))
end
redis.call('SET', remembered, 'granted', 'PX', ttl)
return 'granted'
