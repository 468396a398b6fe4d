-- Takes tokens out of one bucket: all that are wanted, or as many as it has, perhaps none.
--
-- KEYS[1]  when the bucket will be full, in us of this server's clock; absent means full
-- ARGV[1]  us in which one token comes back
-- ARGV[2]  tokens in a full bucket
-- ARGV[3]  tokens wanted, at least 1
-- returns  {tokens taken, us until the bucket is full}
local interval, burst, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local empty = burst * interval

-- Never longer than from empty, even if the clock was set back: it is kept as empty then, and fills
-- from now on.
local left = (redis.call('GET', KEYS[1]) or now) - now
local missing = math.min(math.max(left, 0), empty)
local taken = math.min(wanted, math.floor((empty - missing) / interval))
if taken > 0 or left > empty then
    missing = missing + taken * interval
    -- Lua's own number to string conversion would round to 14 digits; a time in us has 16.
    local full_at = string.format('%.0f', now + missing)
    redis.call('SET', KEYS[1], full_at, 'PX', math.ceil(missing / 1000))
end
return {taken, missing}
